package push_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestMain can be a function: the standard library reads once what the environment says of proxies and
// of whom to trust. It pushes to each endpoint, and says what came of it.
func TestMain(m *testing.M) {
	list := os.Getenv("PUSH_TEST")
	if list == "" {
		os.Exit(m.Run())
	}
	for line := range strings.Lines(list) {
		endpoint, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		o := options(endpoint)
		o.Credentials = credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
		c := client(o)
		if strings.HasSuffix(id, " sdk") {
			c, id = c.Plain(), strings.TrimSuffix(id, " sdk")
		}
		for range 2 {
			ctx, cancel := context.WithTimeout(context.Background(), push.Timeout)
			err := c.Push(ctx, signaling.ConnID(id), []byte("hello"))
			cancel()
			fmt.Fprintln(os.Stdout, err)
		}
	}
}

// away runs TestMain in an environment, and returns what it said.
func away(t *testing.T, env []string, pushes ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(env, "PUSH_TEST="+strings.Join(pushes, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// authority writes one to a file, and returns the settings of a server with its certificate.
func authority(t *testing.T, names ...string) (file string, config *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// proxy leads every CONNECT to that address.
func proxy(t *testing.T, address string) (url string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				if req, err := http.ReadRequest(r); err != nil || req.Method != http.MethodConnect {
					return
				}
				there, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer there.Close()
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
				go func() { _, _ = io.Copy(there, r) }()
				_, _ = io.Copy(conn, there)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestPushesOverTLSAndThroughAProxy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the standard library reads SSL_CERT_FILE where there is no list of the system's own")
	}
	file, config := authority(t, "a.example")
	_, stranger := authority(t, "a.example")
	s, stray := serve(t, config, ok200), serve(t, stranger, ok200)
	_, address, _ := strings.Cut(strings.TrimSuffix(s.url, "/prod"), "://")
	env := append(os.Environ(), "SSL_CERT_FILE="+file, "HTTPS_PROXY="+proxy(t, address), "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=x")
	other := strings.Replace(s.url, "127.0.0.1", "localhost", 1)
	said := away(t, env, s.url+" direct", "https://a.example/prod proxied", other+" misnamed", other+" misnamed sdk", stray.url+" stray", stray.url+" stray sdk")
	heard := s.heard()
	if len(heard) != 4 {
		t.Fatalf("%d requests came; %q", len(heard), said)
	}
	for i, a := range heard {
		direct := i < 2
		if said[i] != "<nil>" || a.byHand() != direct || strings.Contains(a.path, "direct") != direct {
			t.Errorf("request %d: got %s %v by %q", i, said[i], a.path, a.header.Get("User-Agent"))
		}
	}
	if heard[0].from != heard[1].from {
		t.Error("a connection of TLS was not kept")
	}
	for i, want := range map[int]string{4: "not localhost", 8: "certificate signed by unknown authority"} {
		if said[i] != said[i+2] || !strings.Contains(said[i], want) {
			t.Errorf("got %s, of the SDK %s", said[i], said[i+2])
		}
	}
}

// A function that localdev runs, and that calls https://{domainName}/{stage} as on AWS, gets to
// localdev by the proxy and the authority that its environment names.
func TestPushesToTheAddressOfAWSReachLocaldev(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs a shell, and SSL_CERT_FILE")
	}
	dir := t.TempDir()
	script, file := filepath.Join(dir, "function"), filepath.Join(dir, "env")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nenv > "+file+".part\nmv "+file+".part "+file+"\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), emulator.Options{Template: "../../template.yaml", Exec: map[string]string{"MessageFunction": script}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	socket, _, err := websocket.Dial(t.Context(), e.APIs[0].URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	if err := socket.Write(t.Context(), websocket.MessageText, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	until(t, "started", func() bool {
		raw, err = os.ReadFile(file)
		return err == nil
	})
	env := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	id := onlyConnection(t, "http://"+e.Addr+"/_localdev/connections")
	if said := away(t, env, "https://"+domain(t, env)+"/"+e.APIs[0].Stage+" "+string(id)); said[0] != "<nil>" || said[1] != "<nil>" {
		t.Fatalf("got %q", said)
	}
	for range 2 {
		if _, got, err := socket.Read(t.Context()); err != nil || string(got) != "hello" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
}

// domain is that of the API on AWS.
func domain(t *testing.T, env []string) string {
	t.Helper()
	for _, v := range env {
		text, ok := strings.CutPrefix(v, "LOCALDEV_HOSTS=")
		if !ok {
			continue
		}
		var told struct{ Hosts []string }
		if err := json.Unmarshal([]byte(text), &told); err != nil {
			t.Fatal(err)
		}
		for _, h := range told.Hosts {
			if strings.Contains(h, ".execute-api.") && strings.HasSuffix(h, ".amazonaws.com") {
				return h
			}
		}
	}
	t.Fatal("the environment names no hosts")
	return ""
}
