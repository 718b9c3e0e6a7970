"""Instagram: a professional account of ours, behind a linked Page or Instagram Login."""
