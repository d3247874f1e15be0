package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReadme runs the lines that the README has for somebody new, as they stand there, but
// for the port.
func TestReadme(t *testing.T) {
	for _, name := range []string{"sh", "curl", "base64"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), 2)
	require.Len(t, blocks, 2)
	s := start(t)
	dir := t.TempDir()
	for _, b := range blocks {
		lines := strings.ReplaceAll(b[1], "http://127.0.0.1:8080", s.base)
		require.Contains(t, lines, s.base)
		c := exec.CommandContext(t.Context(), "sh", "-e", "-c", lines)
		c.Dir = dir
		out, err := c.Output()
		require.NoError(t, err)
		require.Regexp(t, `"known":true,"candidates":\[{"person":{"id":"[^"]*","name":"Ann"`, string(out))
	}
}

// certificate writes one for this machine, and returns who trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trust *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	made := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600))
		return path
	}
	trust = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	trust.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), trust
}

// TestTLS asks by https, with HTTP/2, and not by what is older than TLS 1.2.
func TestTLS(t *testing.T) {
	cert, key, trust := certificate(t)
	s := start(t, "-tls-cert", cert, "-tls-key", key)
	base := strings.Replace(s.base, "http:", "https:", 1)
	get := func(c *tls.Config) (*http.Response, error) {
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, base+"/v1/about", nil)
		require.NoError(t, err)
		return (&http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}).RoundTrip(r)
	}
	answer, err := get(&tls.Config{RootCAs: trust})
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, []int{200, 2}, []int{answer.StatusCode, answer.ProtoMajor})
	_, err = get(&tls.Config{RootCAs: trust, MaxVersion: tls.VersionTLS11})
	require.Error(t, err)
	_, err = get(&tls.Config{})
	require.Error(t, err, "a certificate that nobody trusts")
	require.Contains(t, s.log.String(), "page=https://")
}
