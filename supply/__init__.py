"""Supply chain: which packages the service is made of, their licences and known vulnerabilities."""
