package config

import (
	"io"
	"os"
	"strings"
	"unicode"
)

// maxSecret is the longest secret that is read.
const maxSecret = 4096

// secret finds the secret of the API key: the first source that has one or
// names a file of one counts.
func (l *loader) secret() {
	for _, in := range l.layers {
		text, inline := in[setAPISecret]
		file, named := in[setAPISecretFile]
		switch {
		case inline && named:
			l.fault(file, "is set beside "+text.pos.File, "keep one of the two")
			return
		case inline:
			l.cfg.origins[setAPISecret] = text.pos
			l.takeSecret(text, text.text())
			return
		case named:
			l.cfg.origins[setAPISecret] = file.pos
			l.secretFile(file)
			return
		}
	}
}

// secretFile reads a secret. What people and tools append to the last line of
// a file is not part of it.
func (l *loader) secretFile(g given) {
	f, err := os.Open(l.path(g))
	if err != nil {
		l.fault(g, "the file of the secret cannot be read: "+cause(err), "check the path and its permissions")
		return
	}
	defer f.Close() //nolint:errcheck // only read from
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		l.fault(g, "the file of the secret is none", "name a file that holds nothing but the secret")
		return
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		l.fault(g, "the file of the secret cannot be read: "+cause(err), "check the path and its permissions")
		return
	case len(data) > maxSecret:
		l.fault(g, "the file of the secret is longer than any secret", "name a file that holds nothing but the secret")
		return
	}
	l.cfg.Files = append(l.cfg.Files, f.Name())
	if info.Mode().IsRegular() && info.Mode().Perm()&0o006 != 0 {
		l.cfg.Warnings = append(l.cfg.Warnings, f.Name()+" holds the API secret and everybody on this machine can read or write it; run chmod 600 on it")
	}
	l.takeSecret(g, strings.TrimRight(string(data), "\r\n"))
}

func (l *loader) takeSecret(g given, text string) {
	switch {
	case text == "":
		l.fault(g, "the secret is empty", "put the secret of the API key there, as the platform's portal showed it")
	case strings.TrimSpace(text) != text, strings.ContainsFunc(text, unicode.IsControl):
		l.fault(g, "the secret has a line break in it, or a space around it", "put nothing there but the secret, as the platform's portal showed it")
	default:
		l.cfg.APISecret = NewSecret(text)
	}
}
