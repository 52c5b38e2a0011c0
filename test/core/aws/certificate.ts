/**
 * A key and a certificate for a TLS server on loopback that stands in for AWS in eu-west-1 and for SSO in eu-north-1. Made for
 * the tests, valid from 2020 to 2120, trusted by nobody.
 */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjr4LkzNDBfUZvHOW
lkJA7eOS48niQTy2D466glZ/o3ChRANCAASGPXjuzeKzzG391bYaPUJOgVebO/Qo
PTJc/5Rof/ob9IB9iSTedk13ZR4PDJ2w9Q4SMnH8YOncqpNInL+fwv57
-----END PRIVATE KEY-----
`

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBpjCCAUygAwIBAgIBATAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVuaWdodGF1
ZGl0IHRlc3QgcHJveHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
MCAxHjAcBgNVBAMMFW5pZ2h0YXVkaXQgdGVzdCBwcm94eTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABIY9eO7N4rPMbf3Vtho9Qk6BV5s79Cg9Mlz/lGh/+hv0gH2J
JN52TXdlHg8MnbD1DhIycfxg6dyqk0icv5/C/nujdTBzMGAGA1UdEQRZMFeCGSou
ZXUtd2VzdC0xLmFtYXpvbmF3cy5jb22CGiouZXUtbm9ydGgtMS5hbWF6b25hd3Mu
Y29tgh4qLnNzby5ldS1ub3J0aC0xLmFtYXpvbmF3cy5jb20wDwYDVR0TAQH/BAUw
AwEB/zAKBggqhkjOPQQDAgNIADBFAiBfKFf1zHbU1rpdenuBToNx7VEzqcciAenx
KIotmY7NDgIhANHffjWneKCl5ZKdAXFZ5Pr63mU46wJWnxQLoxn5W5oZ
-----END CERTIFICATE-----
`
