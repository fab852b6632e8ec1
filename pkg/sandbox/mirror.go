package sandbox

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// A state file holds what the sandbox holds, field by field. The structs of the
// sandbox keep their fields to themselves, so encoding/json sees them through a
// mirror: a type with the same layout in memory and exported fields that carry
// the names of the original. A new field is in the file without further ado; one
// tagged `state:"-"` is not, nor is a lock.

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	mirrors       sync.Map // reflect.Type to its mirror
)

// mirror returns v, a pointer to a value that nobody else touches, as a pointer
// that encoding/json can read from and write to.
func mirror(v any) any {
	p := reflect.ValueOf(v)
	return reflect.NewAt(mirrorOf(p.Type().Elem()), unsafe.Pointer(p.Pointer())).Interface()
}

func mirrorOf(t reflect.Type) reflect.Type {
	if m, ok := mirrors.Load(t); ok {
		return m.(reflect.Type)
	}
	m := makeMirror(t)
	if m.Size() != t.Size() || m.Align() != t.Align() {
		panic(fmt.Sprintf("sandbox: state: the mirror of %v has another layout", t))
	}
	mirrors.Store(t, m)
	return m
}

func makeMirror(t reflect.Type) reflect.Type {
	if t.Implements(jsonMarshaler) || t.Implements(textMarshaler) {
		return t
	}
	if t == reflect.TypeFor[*payment]() {
		panic("sandbox: state: a payment is kept once, and found again by its number")
	}
	k := t.Kind()
	if k == reflect.Func || k == reflect.Chan || k == reflect.Interface || k == reflect.UnsafePointer {
		panic(fmt.Sprintf("sandbox: state: a %v cannot be kept", t))
	}
	if k == reflect.Struct {
		return mirrorStruct(t)
	}
	if k == reflect.Map {
		return reflect.MapOf(t.Key(), mirrorOf(t.Elem()))
	}
	if k == reflect.Array {
		return reflect.ArrayOf(t.Len(), mirrorOf(t.Elem()))
	}
	if k == reflect.Pointer {
		return reflect.PointerTo(mirrorOf(t.Elem()))
	}
	if k == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
		return reflect.SliceOf(mirrorOf(t.Elem()))
	}
	return t
}

func mirrorStruct(t reflect.Type) reflect.Type {
	fields := make([]reflect.StructField, t.NumField())
	for i := range fields {
		f := t.Field(i)
		fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: f.Type, Tag: `json:"-"`}
		if f.Tag.Get("state") == "-" || strings.HasPrefix(f.Type.PkgPath(), "sync") {
			continue
		}
		fields[i].Type = mirrorOf(f.Type)
		fields[i].Tag = reflect.StructTag(fmt.Sprintf(`json:"%s,omitzero"`, f.Name))
	}
	return reflect.StructOf(fields)
}
