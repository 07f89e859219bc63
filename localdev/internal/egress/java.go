package egress

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/pem"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// EnvironJava adds what leads a Java virtual machine to the proxy at addr: it reads no variables
// about proxies, and knows no authorities but its own. Where the system keeps its authorities in no
// file there is nothing to add.
func (p *Proxy) EnvironJava(env map[string]string, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || string(systemAuthorities()) == "" {
		return err
	}
	if p.java == "" {
		path, remove, err := hidden("localdev-ca-*.jks", string(javaStore(p.authority.bundle(), time.Now())))
		if err != nil {
			return err
		}
		p.java, p.remove = path, append(p.remove, remove)
	}
	options := []string{
		// AWS's SDK takes the proxy of http for https as well.
		"-Dhttp.proxyHost=" + host, "-Dhttp.proxyPort=" + port, "-Dhttps.proxyHost=" + host, "-Dhttps.proxyPort=" + port,
		"-Dhttp.nonProxyHosts=localhost|127.*|[::1]",
		`-Djavax.net.ssl.trustStore="` + p.java + `"`, "-Djavax.net.ssl.trustStoreType=JKS",
		env["JAVA_TOOL_OPTIONS"], // the function's own come last, and count
	}
	env["JAVA_TOOL_OPTIONS"] = strings.TrimSpace(strings.Join(options, " "))
	return nil
}

// storePassword is that of every trust store that nobody has changed.
const storePassword = "changeit"

// javaStore makes a trust store of the certificates in a bundle, in Java's own format: it has no
// secrets, and so needs none of PKCS #12. Numbers are big-endian: a magic one, version 2, how many
// entries; each a trusted certificate (2) with its name, time, type and bytes; then a checksum.
func javaStore(bundle string, now time.Time) []byte {
	var entries bytes.Buffer
	count := 0
	for block, rest := pem.Decode([]byte(bundle)); block != nil; block, rest = pem.Decode(rest) {
		count++
		entry := binary.BigEndian.AppendUint32(nil, 2)
		entry = appendText(entry, strconv.Itoa(count))
		entry = binary.BigEndian.AppendUint64(entry, uint64(now.UnixMilli()))
		entry = appendText(entry, "X.509")
		entry = binary.BigEndian.AppendUint32(entry, uint32(len(block.Bytes)))
		entries.Write(append(entry, block.Bytes...))
	}
	store := binary.BigEndian.AppendUint32(nil, 0xFEEDFEED)
	store = binary.BigEndian.AppendUint32(store, 2)
	store = binary.BigEndian.AppendUint32(store, uint32(count))
	store = append(store, entries.Bytes()...)
	sum := sha1.New() //nolint:gosec // the format's
	for _, unit := range utf16.Encode([]rune(storePassword)) {
		sum.Write([]byte{byte(unit >> 8), byte(unit)})
	}
	sum.Write([]byte("Mighty Aphrodite"))
	sum.Write(store)
	return sum.Sum(store)
}

// appendText appends a text behind its length.
func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
}
