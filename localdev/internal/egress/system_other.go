//go:build !windows

package egress

import "os"

// systemBundles are where systems keep the authorities that everybody trusts.
var systemBundles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// systemAuthorities are those that this system trusts, as PEM.
func systemAuthorities() []byte {
	for _, path := range append([]string{os.Getenv("SSL_CERT_FILE")}, systemBundles[:]...) {
		if system, err := os.ReadFile(path); err == nil {
			return system
		}
	}
	return nil
}
