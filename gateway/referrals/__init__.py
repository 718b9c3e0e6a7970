"""Referrals: links, QR codes and posters that lead citizens to the service; arrivals are counted per link."""
