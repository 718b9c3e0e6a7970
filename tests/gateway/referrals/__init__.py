"""Tests of `gateway.referrals`."""
