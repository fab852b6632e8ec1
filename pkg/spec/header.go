package spec

// What a manifest says it is.
const (
	apiVersion = "payreconcile/v1"
	kindName   = "Settlement"
)

const maxName = 100

var (
	rootFields     = []string{"apiVersion", "kind", "metadata", "spec"}
	metadataFields = []string{"name", "labels"}
	specFields     = []string{"merchantId", "currency", "expect", "payments"}
)

// A header reads all of a document but its payments, in two passes: what stands
// before them, which they depend on, and then what stands behind.
type header struct {
	walker
	m          *Manifest
	merchant   string // that this run is for; "" takes any
	expect     []expectation
	has        map[string]bool // keys seen so far, wherever they stand
	noCurrency bool            // the document's currency was wrong, and has its fault
	hopeless   bool            // not a manifest that this program can read: no more faults
	past       bool            // the payments have been passed
	behind     bool            // this is the second pass
}

// before walks what stands before the payments and returns their list, or 0.
func (h *header) before(t tree) (list int32) {
	h.t = t
	h.m.Pos = h.pos(0)
	if t[0].kind != mapping || t[0].flaw != sound {
		h.fault(0, field(""), "this is not a manifest: a document is a group of keys", "start with apiVersion: "+apiVersion+" and kind: "+kindName)
		h.hopeless = true
		return 0
	}
	h.version()
	if h.hopeless {
		return 0
	}
	return h.walk()
}

// after walks what stands behind the payments, in a tree of the whole document.
func (h *header) after(t tree) {
	h.t, h.behind, h.past = t, true, false
	h.walk()
}

// missing reports keys that no pass has seen.
func (h *header) missing() {
	h.mute = false
	root := func(key string) {
		if !h.has[key] {
			h.fault(0, field(key), "is missing", "start the document with apiVersion: "+apiVersion+" and kind: "+kindName)
		}
	}
	root("apiVersion")
	root("kind")
	if h.past || h.has["spec.payments"] {
		return
	}
	h.fault(0, field("spec.payments"), "is missing: the document has no payments", "list them under spec, then payments; write payments: [] if there are none")
}

// version looks at apiVersion and kind first: if they are of something else,
// nothing further would make sense.
func (h *header) version() {
	found := 0
	for k := int32(1); k < h.t[0].end; {
		v := h.t[k].end
		want, next := "", apiVersion
		switch h.t[k].text {
		case "apiVersion":
			want = apiVersion
		case "kind":
			want, next = kindName, kindName
		}
		if n := &h.t[v]; want != "" && h.t[k].kind == scalar {
			found++
			if h.is(v, scalar, field(h.t[k].text)) && n.text != want {
				h.fault(v, field(h.t[k].text), "is "+quote(n.text)+", which this program does not know", "write "+next)
			}
			h.hopeless = h.hopeless || h.bad
		}
		k = h.t[v].end
	}
	if found == 0 {
		h.fault(0, field(""), "this is not a manifest: apiVersion and kind are missing", "start with apiVersion: "+apiVersion+" and kind: "+kindName)
		h.hopeless = true
	}
}

// walk goes through all keys. Those of the other pass are not reported again.
func (h *header) walk() (list int32) {
	seen := map[string]bool{}
	h.keys(0, "", rootFields, seen, func(name string, v int32) {
		switch name {
		case "metadata":
			h.metadata(v)
		case "spec":
			if h.is(v, mapping, field("spec")) {
				h.keys(v, "spec.", specFields, seen, func(name string, v int32) {
					if name == "payments" {
						list = h.payments(v)
						return
					}
					h.setting(name, v)
				})
			}
		}
	})
	h.mute = false
	return list
}

// keys calls do for each known key of a mapping, muted outside this pass.
func (h *header) keys(i int32, prefix string, names []string, seen map[string]bool, do func(name string, v int32)) {
	for k := i + 1; k < h.t[i].end; {
		v := h.t[k].end
		h.mute = h.past != h.behind
		text, ok := h.key(k, field(trimDot(prefix)))
		switch name := prefix + text; {
		case !ok:
		case indexOf(names, text) < 0:
			h.unknown(k, text, names, field(trimDot(prefix)))
		case seen[name]:
			h.fault(k, field(name), "is written twice", "keep one of the two")
		default:
			seen[name], h.has[name] = true, true
			if h.past && name != "spec.expect" {
				h.fault(k, field(name), "must come before spec.payments", "move it up: the payments are read one by one and depend on it")
			}
			do(text, v)
		}
		k = h.t[v].end
	}
}

func trimDot(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix[:len(prefix)-1]
}

// payments marks the place of the list and returns it when it is one.
func (h *header) payments(v int32) int32 {
	ok := h.is(v, sequence, field("spec.payments"))
	h.past = true
	h.mute = h.past != h.behind
	if !ok {
		return 0
	}
	return v
}

func (h *header) setting(name string, v int32) {
	p := field("spec." + name)
	switch name {
	case "merchantId":
		id := h.text(v, p, maxName)
		if !h.mute && id != "" && h.merchant != "" && id != h.merchant {
			h.fault(v, p, quote(id)+" is not the merchant that this run is for, which is "+quote(h.merchant), "use the manifest of this merchant, or connect to the other one")
		}
		h.set(func() { h.m.MerchantID = id })
	case "currency":
		if !h.is(v, scalar, p) {
			return
		}
		c, err := ParseCurrency(h.t[v].text)
		if err != nil {
			h.fail(v, p, err)
		}
		h.set(func() { h.m.Currency, h.noCurrency = c, err != nil })
	case "expect":
		h.root = "spec"
		e, values := readExpect(&h.walker, v)
		h.root = ""
		if h.mute {
			return
		}
		h.expect = append(h.expect, expectationsOf(&h.walker, values)...)
		h.set(func() { h.m.Expect = e })
	}
}

// set writes to the manifest in the first pass only: afterwards payments have
// been handed out with it.
func (h *header) set(write func()) {
	if !h.behind && !h.past {
		write()
	}
}

func (h *header) metadata(v int32) {
	if !h.is(v, mapping, field("metadata")) {
		return
	}
	var values [2]int32
	h.fields(v, metadataFields, values[:], field("metadata"))
	if n := values[0]; n != 0 {
		name := h.text(n, field("metadata.name"), maxName)
		h.set(func() { h.m.Name = name })
	}
	if l := values[1]; l != 0 && h.is(l, mapping, field("metadata.labels")) {
		labels := h.labels(l)
		h.set(func() { h.m.Labels = labels })
	}
}

func (h *header) labels(i int32) map[string]string {
	labels := map[string]string{}
	for k := i + 1; k < h.t[i].end; {
		v := h.t[k].end
		if name, ok := h.key(k, field("metadata.labels")); ok {
			p := field("metadata.labels." + short(name, maxLabel))
			_, twice := labels[name]
			switch {
			case twice:
				h.fault(k, p, "is written twice", "keep one of the two")
			case !h.is(v, scalar, p):
			case !validLabel(name) || !validLabel(h.t[v].text):
				h.fault(k, p, "label "+quote(name)+" or its value cannot be selected by",
					"names and values have up to 63 letters, digits and . _ - /")
			}
			labels[name] = h.t[v].text
		}
		k = h.t[v].end
	}
	return labels
}
