"""Handover: conversations that officers answer: queue, ownership, replies, shifts and timers."""
