"""Settings, samples: known to everybody who can read the repository; refused in production."""

import base64

SAMPLE = "development-only-"
SAMPLE_DATA_KEY = "sample:" + base64.b64encode(b"development-only-data-key-32byte").decode()
