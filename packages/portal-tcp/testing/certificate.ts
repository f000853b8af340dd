// A self-signed certificate for localhost, target.example and 127.0.0.1, valid until 2126, and its key: for tests alone.
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=portal test"
//     -addext "subjectAltName=DNS:localhost,DNS:target.example,IP:127.0.0.1"

/** PEM. */
export const TEST_CERTIFICATE: string = `-----BEGIN CERTIFICATE-----
MIIBrzCCAVWgAwIBAgIUfs2mxhHhXVVhQlvjOgR93zB3QbswCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLcG9ydGFsIHRlc3QwIBcNMjYxMTI1MDMyMzM2WhgPMjEyNjEx
MDEwMzIzMzZaMBYxFDASBgNVBAMMC3BvcnRhbCB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAESfN3k2ryeRxMPuwXxcilnxSDqX3bc0VDtkfHblviSKg7cuih
zRKhfL9oy7udW3Td9a+LZ6RIUQLZw9I2kIirYKN/MH0wHQYDVR0OBBYEFFSSftnJ
tTfQqKxOcmJfc6FWj1vHMB8GA1UdIwQYMBaAFFSSftnJtTfQqKxOcmJfc6FWj1vH
MA8GA1UdEwEB/wQFMAMBAf8wKgYDVR0RBCMwIYIJbG9jYWxob3N0gg50YXJnZXQu
ZXhhbXBsZYcEfwAAATAKBggqhkjOPQQDAgNIADBFAiEAy0IpuVqx+y4eJKaT+1Jv
gsMMM1z2AdDjwsuxrQXImTcCIFfH2nlUN3NW3ig7KxfMw1eC+Z7nHdIc8mVZP+qE
5vuj
-----END CERTIFICATE-----
`;

/** PEM, PKCS#8. */
export const TEST_CERTIFICATE_KEY: string = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvVDXsPwb8k0Scnv4
pD9sbaW2l7tp53c0NbQb7tTHZzShRANCAARJ83eTavJ5HEw+7BfFyKWfFIOpfdtz
RUO2R8duW+JIqDty6KHNEqF8v2jLu51bdN31r4tnpEhRAtnD0jaQiKtg
-----END PRIVATE KEY-----
`;
