package sdk

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Version is the version of this SDK, as the platform sees it.
const Version = "0.1.0"

const sdkIdentifier = "PayreconcileGoSDK/v" + Version

// The names of headers that the platform gives a meaning, as Go writes them.
const (
	headerServerMetaInfo = "X-Gcs-Servermetainfo"
	headerClientMetaInfo = "X-Gcs-Clientmetainfo"
	headerIdempotenceKey = "X-Gcs-Idempotence-Key"
	headerReplay         = "X-Gcs-Idempotence-Request-Timestamp"
)

// A MetadataProvider describes the caller to the platform. It is asked once, when
// the client is made.
type MetadataProvider interface {
	// MetadataHeaders returns the headers to send with every request, by name. Those
	// whose name begins with X-GCS are signed.
	MetadataHeaders() (map[string]string, error)
}

// metaInfo is the metadata that every official SDK sends.
type metaInfo struct {
	integrator string
	extension  *model.ShoppingCartExtension
}

func (m metaInfo) MetadataHeaders() (map[string]string, error) {
	data, err := json.Marshal(struct {
		Platform   string                       `json:"platformIdentifier"`
		SDK        string                       `json:"sdkIdentifier"`
		Creator    string                       `json:"sdkCreator"`
		Integrator string                       `json:"integrator"`
		Extension  *model.ShoppingCartExtension `json:"shoppingCartExtension,omitempty"`
	}{
		runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version(), sdkIdentifier, "payreconcile",
		m.integrator, m.extension,
	})
	if err != nil {
		return nil, fmt.Errorf("encode server meta info: %w", err)
	}
	return map[string]string{headerServerMetaInfo: base64.StdEncoding.EncodeToString(data)}, nil
}

func metadataHeaders(p MetadataProvider) (http.Header, error) {
	given, err := p.MetadataHeaders()
	if err != nil {
		return nil, err
	}
	headers := http.Header{"User-Agent": {sdkIdentifier}}
	for name, value := range given {
		name = http.CanonicalHeaderKey(name)
		if name != headerServerMetaInfo && reserved(name) {
			return nil, fmt.Errorf("read metadata: header %s is set by the client itself", name)
		}
		if err := checkHeader(name, value); err != nil {
			return nil, fmt.Errorf("read metadata: %w", err)
		}
		headers[name] = []string{value}
	}
	return headers, nil
}
