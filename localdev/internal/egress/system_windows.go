package egress

import (
	"bytes"
	"encoding/pem"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemAuthorities are those that this system trusts, as PEM: of SSL_CERT_FILE, else of its store.
func systemAuthorities() []byte {
	if file, err := os.ReadFile(os.Getenv("SSL_CERT_FILE")); err == nil {
		return file
	}
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return nil
	}
	defer func() { _ = windows.CertCloseStore(store, 0) }()
	var b bytes.Buffer
	next := windows.CertEnumCertificatesInStore
	for c, err := next(store, nil); err == nil; c, err = next(store, c) {
		der := unsafe.Slice(c.EncodedCert, c.Length)
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // to memory
	}
	return b.Bytes()
}
