// Faults on demand: POST /_ctl {"Method":…,"Action":…,"Count":…}; GET /_ctl shows what was called and sent.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// rule is one fault. Method is a method of the API, or NFC or FOLDER for downloads. Action is fault (of type
// Fault), status (Status), drop (the connection), cut (after After bytes), slow (to After bytes a second),
// logout (the session is gone before the call), or touch (the file changes). Skip calls pass before it acts.
type rule struct {
	Method, Action, Fault string
	Status                int
	After                 int64
	Skip, Count           int
}

var (
	guard sync.Mutex
	rules []*rule
	hits  = map[string]int{}
	sent  = map[string]int64{}
	open  = map[string]int{} // leases of a host, or streams (NFC), now
	peaks = map[string]int{} // the most at the same time
)

// busy counts the leases of a host, and streams.
func busy(host string, change int) {
	guard.Lock()
	defer guard.Unlock()
	open[host] += change
	if open[host] > peaks[host] {
		peaks[host] = open[host]
	}
}

func match(method string) *rule {
	guard.Lock()
	defer guard.Unlock()
	hits[method]++
	for _, r := range rules {
		if r.Method != method || r.Count == 0 {
			continue
		}
		if r.Skip > 0 {
			r.Skip--
			continue
		}
		r.Count--
		return r
	}
	return nil
}

func drop(w http.ResponseWriter) {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		c.Close()
	}
}

func writeFault(w http.ResponseWriter, kind, message string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(500)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope`+
		` xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`+
		`<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%s</faultstring>`+
		`<detail><%sFault xmlns="urn:vim25" xsi:type="%s"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
		message, kind, kind)
}

// meter counts what is sent, slows it down, and cuts it off.
type meter struct {
	http.ResponseWriter
	method string
	cutAt  int64 // -1: never
	rate   int64 // bytes a second; 0: as fast as it goes
}

func (m *meter) Write(p []byte) (int, error) {
	cut := m.cutAt >= 0 && int64(len(p)) > m.cutAt
	if cut {
		p = p[:m.cutAt]
	}
	n, err := m.ResponseWriter.Write(p)
	guard.Lock()
	sent[m.method] += int64(n)
	guard.Unlock()
	if m.cutAt >= 0 {
		m.cutAt -= int64(n)
	}
	if f, ok := m.ResponseWriter.(http.Flusher); ok && (cut || m.rate > 0) {
		f.Flush()
	}
	if m.rate > 0 {
		time.Sleep(time.Duration(int64(n) * int64(time.Second) / m.rate))
	}
	if cut {
		return n, io.ErrShortWrite
	}
	return n, err
}

// intercept applies a rule to a download: the writer to use, and whether the answer is given already.
func intercept(method string, w http.ResponseWriter) (m *meter, r *rule, done bool) {
	m = &meter{ResponseWriter: w, method: method, cutAt: -1}
	if r = match(method); r == nil {
		return m, nil, false
	}
	switch r.Action {
	case "status":
		w.WriteHeader(r.Status)
		return m, r, true
	case "drop":
		drop(w)
		return m, r, true
	case "cut":
		m.cutAt = r.After
	case "slow":
		m.rate = r.After
	}
	return m, r, false
}

func control(w http.ResponseWriter, r *http.Request) {
	guard.Lock()
	defer guard.Unlock()
	if r.Method == "POST" {
		one := &rule{Count: 1}
		if err := json.NewDecoder(r.Body).Decode(one); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		switch one.Action {
		case "certificate": // a new one from a new authority, for connections from now on
			issue()
			server.Config.SetKeepAlivesEnabled(false)
			defer server.Config.SetKeepAlivesEnabled(true)
		case "write": // the guest of the first machine writes: After bytes at Skip, each of them Status, on disk Count
			guestDisks[one.Count].guestWrites(int64(one.Skip), one.After, byte(one.Status))
		case "reset": // of change tracking
			for _, d := range guestDisks {
				d.epoch++
				backing(d.device).ChangeId = d.changeID(d.seq)
			}
		case "clear":
			rules, hits, sent, peaks = nil, map[string]int{}, map[string]int64{}, map[string]int{}
		default:
			rules = append(rules, one)
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]interface{}{"hits": hits, "sent": sent, "peaks": peaks})
}
