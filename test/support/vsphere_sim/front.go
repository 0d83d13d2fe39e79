// What stands before the simulator: checks of the session, faults, paging, and the downloads.
package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

var (
	reMethod  = regexp.MustCompile(`(?s)<(?:[\w.-]+:)?Body\b[^>]*>\s*<(?:[\w.-]+:)?(\w+)`)
	reThis    = regexp.MustCompile(`<(?:[\w.-]+:)?_this\b[^>]*?(?:\s|:)type="([A-Z]\w+)"[^>]*>([^<]+)</(?:[\w.-]+:)?_this>`)
	reArray   = regexp.MustCompile(`xsi:type="ArrayOf([A-Z]\w+)"`)
	reMax     = regexp.MustCompile(`<(?:[\w.-]+:)?maxObjects>(\d+)<`)
	reToken   = regexp.MustCompile(`<(?:[\w.-]+:)?token>([^<]+)<`)
	reObjects = regexp.MustCompile(`(?s)<objects>.*?</objects>`)
	pages     sync.Map // token -> the objects that are left
)

// redirected are the methods of machines and snapshots that the library lacks, or does not mean.
var redirected = map[string]bool{"ExportVm": true, "ExportSnapshot": true, "CreateSnapshot_Task": true,
	"RemoveSnapshot_Task": true, "ConsolidateVMDisks_Task": true, "QueryChangedDiskAreas": true,
	"PowerOnVM_Task": true, "PowerOffVM_Task": true, "ShutdownGuest": true}

func call(r *http.Request, body string) *httptest.ResponseRecorder {
	q := r.Clone(r.Context())
	q.Method, q.URL, q.Body = "POST", &url.URL{Path: "/sdk"}, io.NopCloser(strings.NewReader(body))
	rec := httptest.NewRecorder()
	service.ServeSDK(rec, q)
	return rec
}

func simple(method, target, args string) string {
	return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><` + method + ` xmlns="urn:vim25">` +
		`<_this type="` + target + `">` + target + `</_this>` + args + `</` + method + `></e:Body></e:Envelope>`
}

// authed asks the simulator itself: CurrentTime needs a session.
func authed(r *http.Request) bool {
	return call(r, simple("CurrentTime", "ServiceInstance", "")).Code == 200
}

// logOut ends the session of a request; leases belong to their session.
func logOut(r *http.Request) {
	call(r, simple("Logout", "SessionManager", ""))
	leases.Range(func(id, l interface{}) bool {
		l.(*lease).close()
		simulator.Map.Remove(l.(*lease).Self)
		return true
	})
}

func sdk(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	method := ""
	if s := reMethod.FindSubmatch(body); s != nil {
		method = string(s[1])
	}
	if ru := match(method); ru != nil {
		switch ru.Action {
		case "fault":
			writeFault(w, ru.Fault, "injected")
			return
		case "status":
			w.WriteHeader(ru.Status)
			return
		case "drop":
			drop(w)
			return
		case "logout":
			logOut(r)
		}
	}
	isFree := method == "RetrieveServiceContent" || method == "Login" || bytes.Contains(body, []byte(`>SessionManager<`))
	if !isFree && !authed(r) {
		writeFault(w, "NotAuthenticated", "The session is not authenticated.")
		return
	}
	if method == "ContinueRetrievePropertiesEx" {
		nextPage(w, body)
		return
	}
	if s := reThis.FindSubmatch(body); redirected[method] && s != nil {
		own := exporterFor(types.ManagedObjectReference{Type: string(s[1]), Value: string(s[2])})
		body = reThis.ReplaceAll(body, []byte(`<_this type="Exporter">`+own.Value+`</_this>`))
	}
	rec := call(r, string(body))
	out := likeTheProduct(rec.Body.Bytes())
	if s := reMax.FindSubmatch(body); s != nil && method == "RetrievePropertiesEx" && rec.Code == 200 {
		max, _ := strconv.Atoi(string(s[1]))
		out = firstPage(out, max)
	}
	if method == "HasPrivilegeOnEntities" {
		out = deny(out)
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(out)
}

// likeTheProduct gives types the form in which vCenter sends them.
func likeTheProduct(out []byte) []byte {
	out = bytes.ReplaceAll(out, []byte(` xmlns:XMLSchema-instance="http://www.w3.org/2001/XMLSchema-instance"`), nil)
	out = bytes.ReplaceAll(out, []byte(`XMLSchema-instance:type=`), []byte(`xsi:type=`))
	out = bytes.ReplaceAll(out, []byte(`<ManagedObjectReference type=`), []byte(`<ManagedObjectReference xsi:type="ManagedObjectReference" type=`))
	for _, a := range reArray.FindAllSubmatch(out, -1) {
		out = bytes.ReplaceAll(out, []byte("<"+string(a[1])+">"), []byte("<"+string(a[1])+` xsi:type="`+string(a[1])+`">`))
	}
	return out
}

// deny takes privileges away that a rule names.
func deny(out []byte) []byte {
	guard.Lock()
	defer guard.Unlock()
	for _, r := range rules {
		if r.Action == "deny" {
			out = bytes.ReplaceAll(out, []byte("<privId>"+r.Method+"</privId><isGranted>true"), []byte("<privId>"+r.Method+"</privId><isGranted>false"))
		}
	}
	return out
}

type rest struct {
	head, tail []byte
	objects    [][]byte
	max        int
}

func firstPage(out []byte, max int) []byte {
	objects := reObjects.FindAll(out, -1)
	if max <= 0 || len(objects) <= max {
		return out
	}
	at := bytes.Index(out, objects[0])
	end := bytes.LastIndex(out, []byte("</objects>")) + len("</objects>")
	return page(&rest{out[:at], out[end:], objects, max})
}

func page(p *rest) []byte {
	n := p.max
	var token []byte
	if len(p.objects) > n {
		name := fmt.Sprintf("page-%d", time.Now().UnixNano())
		pages.Store(name, &rest{p.head, p.tail, p.objects[n:], n})
		token = []byte("<token>" + name + "</token>")
	} else {
		n = len(p.objects)
	}
	return bytes.Join([][]byte{p.head, token, bytes.Join(p.objects[:n], nil), p.tail}, nil)
}

func nextPage(w http.ResponseWriter, body []byte) {
	s := reToken.FindSubmatch(body)
	if s == nil {
		writeFault(w, "InvalidProperty", "no token")
		return
	}
	p, ok := pages.LoadAndDelete(string(s[1]))
	if !ok {
		writeFault(w, "InvalidArgument", "no such token")
		return
	}
	out := bytes.ReplaceAll(page(p.(*rest)), []byte("RetrievePropertiesExResponse"), []byte("ContinueRetrievePropertiesExResponse"))
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(out)
}

// logIn opens a session by Basic, as ESXi does.
func logIn(w http.ResponseWriter, r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(password))
	rec := call(r, simple("Login", "SessionManager", "<userName>"+user+"</userName><password>"+escaped.String()+"</password>"))
	if !ok || rec.Code != 200 {
		w.Header().Set("WWW-Authenticate", `Basic realm="VMware HTTP server"`)
		w.WriteHeader(401)
		return false
	}
	for _, c := range (&http.Response{Header: rec.Header()}).Cookies() {
		w.Header().Add("Set-Cookie", c.Name+`="`+c.Value+`"; Path=/; HttpOnly; Secure`)
	}
	return true
}

type longer struct{ http.ResponseWriter }

func (l *longer) WriteHeader(code int) {
	n, _ := strconv.Atoi(l.Header().Get("Content-Length"))
	l.Header().Set("Content-Length", strconv.Itoa(n+512))
	l.ResponseWriter.WriteHeader(code)
}

func folder(w http.ResponseWriter, r *http.Request) {
	m, ru, done := intercept("FOLDER", w)
	if done {
		return
	}
	if ru != nil && ru.Action == "logout" {
		logOut(r)
	}
	if ru != nil && ru.Action == "longer" && r.Method == "HEAD" { // a length that is not that of the file
		w = &longer{w}
		m.ResponseWriter = w
	}
	if ru != nil && ru.Action == "touch" {
		file := filepath.Join(folders[r.URL.Query().Get("dsName")], strings.TrimPrefix(r.URL.Path, "/folder/"))
		later := time.Now().Add(time.Hour)
		_ = os.Chtimes(file, later, later)
	}
	if !authed(r) && !logIn(w, r) {
		return
	}
	if isLocked(filepath.Join(folders[r.URL.Query().Get("dsName")], strings.TrimPrefix(r.URL.Path, "/folder/"))) {
		http.Error(w, "the file is in use", 500)
		return
	}
	service.ServeDatastore(m, r)
	if m.cutAt == 0 {
		panic(http.ErrAbortHandler)
	}
}

var (
	converting sync.Mutex
	converted  = map[string]string{} // how qemu opens it, and when it was written -> the stream
)

// streamOptimized makes the stream of a disk, once as long as the disk is not written.
func streamOptimized(source []string) (string, error) {
	converting.Lock()
	defer converting.Unlock()
	st, err := os.Stat(source[len(source)-1])
	if err != nil {
		return "", err
	}
	key := strings.Join(source, " ") + st.ModTime().String()
	if f := converted[key]; f != "" && source[1] == "raw" {
		return f, nil
	}
	tmp, err := os.MkdirTemp("", "nfc")
	if err != nil {
		return "", err
	}
	f := path.Join(tmp, "x.vmdk")
	args := append([]string{"convert", "-U", "-O", "vmdk", "-o", "subformat=streamOptimized,adapter_type=lsilogic"}, append(source, f)...)
	if out, err := exec.Command("qemu-img", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s", out)
	}
	converted[key] = f
	return f, nil
}

func nfc(w http.ResponseWriter, r *http.Request) {
	m, ru, done := intercept("NFC", w)
	if done {
		return
	}
	if ru != nil && ru.Action == "logout" {
		logOut(r)
	}
	p := strings.Split(strings.TrimPrefix(r.URL.Path, "/nfc/"), "/")
	v, ok := leases.Load(p[0])
	if !ok || len(p) != 2 || v.(*lease).files[p[1]] == nil {
		http.NotFound(w, r)
		return
	}
	f, err := streamOptimized(v.(*lease).files[p[1]])
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	in, _ := os.Open(f)
	defer in.Close()
	busy("NFC", 1)
	defer busy("NFC", -1)
	w.Header().Set("Content-Type", "application/x-vnd.vmware-streamVmdk")
	_, _ = io.Copy(struct{ io.Writer }{m}, in) // chunked, no Content-Length, as the product
	if m.cutAt == 0 {
		panic(http.ErrAbortHandler)
	}
}
