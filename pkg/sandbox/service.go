package sandbox

import "net/http"

func serviceEndpoints() []endpoint {
	return []endpoint{
		{"testConnection", http.MethodGet, "/services/testconnection", false, (*call).testConnection},
	}
}

func (c *call) testConnection() int {
	c.out = append(c.out, `{"result":"OK"}`...)
	return http.StatusOK
}
