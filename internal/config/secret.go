package config

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is what a secret shows.
const mask = "***"

// A Secret is text that is shown to nobody: every verb of fmt, JSON, YAML, slog
// and any other text encoding write "***". The zero Secret holds none.
type Secret struct {
	// A function, since what it closes over is out of the reach of reflection:
	// printers that walk through unexported fields find only an address.
	reveal func() string
}

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text, for the one place that signs with it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsSet reports that there is a secret.
func (s Secret) IsSet() bool { return s.reveal != nil }

// String returns "***", and nothing when there is no secret.
func (s Secret) String() string {
	if s.reveal == nil {
		return ""
	}
	return mask
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// Format writes String, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns String. JSON and XML go by it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML returns String.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue returns String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
