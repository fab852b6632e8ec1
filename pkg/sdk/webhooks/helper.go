package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// The names of the headers that the platform signs an event with.
const (
	headerSignature = "X-Gcs-Signature"
	headerKeyID     = "X-Gcs-Keyid"
)

// apiVersion is the version of events that this package understands.
const apiVersion = "v1"

// A SignatureError says that an event is not proven to come from the platform: a
// header is missing or there twice, or the signature does not fit body and key. Its
// text holds no signature.
type SignatureError struct{ Reason string }

func (e *SignatureError) Error() string { return "validate webhook: " + e.Reason }

// A KeyError says that there is no secret to validate an event with: it unwraps to
// [ErrUnknownKey], or to the failure of the [KeyStore].
type KeyError struct {
	KeyID string
	Err   error
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("validate webhook: find the secret of key %s: %v", quote(e.KeyID), e.Err)
}

// Unwrap returns the store's error.
func (e *KeyError) Unwrap() error { return e.Err }

// A VersionError says that an event has another API version than v1.
type VersionError struct{ Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("read webhook: API version %s is not %s", quote(e.Version), apiVersion)
}

// quote quotes a text from outside, and cuts it short.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}

var errEmptySecret = errors.New("the store has an empty secret")

// A BodyError says that a signed body is no event.
type BodyError struct{ Reason string }

func (e *BodyError) Error() string { return "read webhook: " + e.Reason }

// An Event is an event as it came.
type Event struct {
	*model.WebhooksEvent
	// Raw holds the event's bytes: what the type does not know, such as
	// containsAnOperation, is in there.
	Raw []byte
	// RetryCount says how often the event was sent before: 0 for the first time, and
	// when the platform does not say.
	RetryCount int
}

// A Helper validates events and reads them. Make one with [NewHelper]. It is safe for
// concurrent use.
type Helper struct{ keys KeyStore }

// NewHelper returns a Helper that finds secrets in keys.
func NewHelper(keys KeyStore) *Helper { return &Helper{keys} }

var errNoStore = errors.New("the helper has no key store: make it with NewHelper")

// Validate checks that body was signed by the platform. The body must be the bytes as
// they came. Its error is a [*SignatureError] or a [*KeyError].
func (h *Helper) Validate(ctx context.Context, body []byte, header http.Header) error {
	signature, err := single(header, headerSignature)
	if err != nil {
		return err
	}
	keyID, err := single(header, headerKeyID)
	if err != nil {
		return err
	}
	if h == nil || h.keys == nil {
		return &KeyError{keyID, errNoStore}
	}
	secret, err := h.keys.SecretKey(ctx, keyID)
	if err != nil {
		return &KeyError{keyID, err}
	}
	if secret == "" { // anybody can sign with it
		return &KeyError{keyID, errEmptySecret}
	}
	if !hmac.Equal([]byte(Sign(secret, body)), []byte(signature)) {
		return &SignatureError{"the signature does not fit the body"}
	}
	return nil
}

// Unmarshal validates body like Validate, and reads the event in it. Beyond Validate's
// its error is a [*BodyError] or a [*VersionError].
func (h *Helper) Unmarshal(ctx context.Context, body []byte, header http.Header) (*Event, error) {
	if err := h.Validate(ctx, body, header); err != nil {
		return nil, err
	}
	e, err := parse(body)
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(header.Get("retry-count")); err == nil && n > 0 {
		e.RetryCount = n
	}
	return e, nil
}

// parse reads an event. The platform's documentation shows an array as sample, all
// official SDKs read an object: an array of one is taken too.
func parse(body []byte) (*Event, error) {
	if !utf8.Valid(body) {
		return nil, &BodyError{"the body is not text in UTF-8"}
	}
	raw := bytes.TrimSpace(body)
	if len(raw) > 0 && raw[0] == '[' {
		var all []json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, &BodyError{"the body is not complete JSON"}
		}
		if len(all) != 1 {
			return nil, &BodyError{fmt.Sprintf("the body is an array of %d events, expected one", len(all))}
		}
		raw = bytes.TrimSpace(all[0])
	}
	if len(raw) == 0 || raw[0] != '{' {
		return nil, &BodyError{"the body is no JSON object"}
	}
	var head struct {
		APIVersion any `json:"apiVersion"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, &BodyError{"the body is not complete JSON"}
	}
	switch version, ok := head.APIVersion.(string); {
	case head.APIVersion != nil && !ok:
		return nil, &BodyError{`the body has the wrong type at "apiVersion"`}
	case version != apiVersion: // first of all: another version may have other types
		return nil, &VersionError{version}
	}
	e := &Event{WebhooksEvent: &model.WebhooksEvent{}, Raw: bytes.Clone(raw)}
	if err := json.Unmarshal(raw, e.WebhooksEvent); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return nil, &BodyError{"the body has the wrong type at " + quote(kind.Field)}
		}
		return nil, &BodyError{"the body is not complete JSON"}
	}
	return e, nil
}

// single returns the one value of a header, whose name may be written in any case.
func single(header http.Header, name string) (string, error) {
	var found []string
	for n, values := range header {
		if strings.EqualFold(n, name) {
			found = append(found, values...)
		}
	}
	switch {
	case len(found) == 0:
		return "", &SignatureError{"header " + name + " is missing"}
	case len(found) > 1:
		return "", &SignatureError{"header " + name + " is there more than once"}
	case found[0] == "":
		return "", &SignatureError{"header " + name + " is empty"}
	}
	return found[0], nil
}

// Sign returns the signature of an event as the platform makes it: base64 of the
// HMAC-SHA256 of the body under the secret. Tests sign their events with it.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Credentials returns the request of ValidateWebhookCredentials for a webhooks key:
// the secret itself is not sent, but the signature of an empty body under it.
func Credentials(keyID, secret string) *model.ValidateCredentialsRequest {
	return &model.ValidateCredentialsRequest{Key: new(keyID), Secret: new(Sign(secret, nil))}
}
