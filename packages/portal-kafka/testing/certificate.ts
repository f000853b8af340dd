// An authority, and a certificate of it for localhost, kafka.example and 127.0.0.1 with its key, valid until 2126: for tests alone.
//   openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out authority.key      (and certificate.key)
//   openssl req -x509 -new -key authority.key -days 36500 -subj "/CN=Kafka portal test authority" -out authority.pem
//   openssl req -new -key certificate.key -subj "/CN=Kafka portal test" -out request.pem
//   openssl x509 -req -in request.pem -CA authority.pem -CAkey authority.key -days 36500 -out certificate.pem
//     -extfile <(echo subjectAltName=DNS:localhost,DNS:kafka.example,IP:127.0.0.1)

/** PEM. */
export const TEST_AUTHORITY: string = `-----BEGIN CERTIFICATE-----
MIIBozCCAUmgAwIBAgIUIMZLJlAHOUV2UbvppwfyLieTOVAwCgYIKoZIzj0EAwIw
JjEkMCIGA1UEAwwbS2Fma2EgcG9ydGFsIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEy
OTIyMTAyMFoYDzIxMjYxMTA1MjIxMDIwWjAmMSQwIgYDVQQDDBtLYWZrYSBwb3J0
YWwgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATa8XUL
ta1ny0c4ESAVFdSFph81qseEIDEE/22HJKSDTJ8HTuGV4lgYFqlJ1lVv5MpVsfWv
4dJhsie7rL6tCGYCo1MwUTAdBgNVHQ4EFgQUOwlIu2eR67gDcayvjqy8HHKPcv8w
HwYDVR0jBBgwFoAUOwlIu2eR67gDcayvjqy8HHKPcv8wDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEA2aO1612/SVGHj4uV4jVT88/uhewITUGuo2AZ
e7hUUnICIFF1DIOz8uxjBJWjYqATDGZPv1wdobGW6M/IT+hKpLoW
-----END CERTIFICATE-----
`;

/** PEM. */
export const TEST_CERTIFICATE: string = `-----BEGIN CERTIFICATE-----
MIIBszCCAVmgAwIBAgIUe5W4EuaAvqNljOJzHPiemsqhuzgwCgYIKoZIzj0EAwIw
JjEkMCIGA1UEAwwbS2Fma2EgcG9ydGFsIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEy
OTIyMTAyMVoYDzIxMjYxMTA1MjIxMDIxWjAcMRowGAYDVQQDDBFLYWZrYSBwb3J0
YWwgdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJLHAc5DV0GshZ2LcyHi
1R8nltCf+sn8mtz/XeMhU2tmNENZcoECRQ13k4BxhEF7b3Q8q4bqQcqYR2JIVgW4
ygyjbTBrMCkGA1UdEQQiMCCCCWxvY2FsaG9zdIINa2Fma2EuZXhhbXBsZYcEfwAA
ATAdBgNVHQ4EFgQUiX9HL/IBPkcGw5NGVknCq8z8tiIwHwYDVR0jBBgwFoAUOwlI
u2eR67gDcayvjqy8HHKPcv8wCgYIKoZIzj0EAwIDSAAwRQIgPFYt99vX0kLRmYjL
nPOhhanUIruZ4Igl99dMKUs06fYCIQCfAf+nj/WDKa810O/jkgjC4wG8iC1TzR2Y
MLoTxDQmGw==
-----END CERTIFICATE-----
`;

/** PEM, PKCS#8. */
export const TEST_CERTIFICATE_KEY: string = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsDIOSW23Udm/Esi4
ZBrKj18bTyxFaCS8BkQS19iQ0l2hRANCAASSxwHOQ1dBrIWdi3Mh4tUfJ5bQn/rJ
/Jrc/13jIVNrZjRDWXKBAkUNd5OAcYRBe290PKuG6kHKmEdiSFYFuMoM
-----END PRIVATE KEY-----
`;
