package sdk

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
)

// A MultipartForm is a body of the type multipart/form-data, for [Do]. No operation
// of the API needs one today. It is kept in memory, so that it can be sent again.
type MultipartForm struct {
	Values url.Values
	Files  []FormFile
}

// A FormFile is a file in a [MultipartForm].
type FormFile struct {
	Field    string // the name of the form's field
	FileName string
	// ContentType of the file, application/octet-stream when empty.
	ContentType string
	Content     []byte
}

var (
	jsonFormat   = []string{"application/json"}
	gzipEncoding = []string{"gzip"}
)

// encode writes the body of a request; nil is none.
func (r *request) encode(m Marshaller, body any, compress bool) error {
	if body == nil {
		return nil
	}
	var err error
	if form, ok := body.(*MultipartForm); ok {
		r.body, r.format, err = form.encode()
	} else {
		r.body, r.format, err = marshal(m, body)
	}
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	if compress {
		if r.body, err = compressed(r.body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		r.encoding = gzipEncoding
	}
	return nil
}

func marshal(m Marshaller, body any) ([]byte, []string, error) {
	data, err := m.Marshal(body)
	if err != nil {
		return nil, nil, err
	}
	if string(data) == "null" {
		return nil, nil, fmt.Errorf("%T is nil", body)
	}
	return data, jsonFormat, nil
}

func (f *MultipartForm) encode() ([]byte, []string, error) {
	if f == nil {
		return nil, nil, fmt.Errorf("%T is nil", f)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		for _, value := range f.Values[name] {
			if err := w.WriteField(name, value); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, file := range f.Files {
		if err := file.encode(w); err != nil {
			return nil, nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, nil, err
	}
	return b.Bytes(), []string{w.FormDataContentType()}, nil
}

func (f *FormFile) encode(w *multipart.Writer) error {
	format := f.ContentType
	if format == "" {
		format = "application/octet-stream"
	}
	if err := checkHeader("Content-Type", format); err != nil {
		return fmt.Errorf("file %q: %w", f.FileName, err)
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(f.Field, f.FileName)},
		"Content-Type":        {format},
	})
	if err != nil {
		return err
	}
	_, err = part.Write(f.Content)
	return err
}

func compressed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
