// A vCenter for tests, on loopback only: the simulator of govmomi with what it lacks for exports (leases and
// their downloads, real disk content, paging, checks of the session) and with faults on demand.
// It prints one line of JSON when it listens, and ends on SIGTERM or when standard input ends.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

var (
	disks        list
	vms          = flag.Int("vms", 2, "number of machines of a host; of the first host's, the first is off and has the disks, the second is on")
	hosts        = flag.Int("hosts", 1, "number of ESXi hosts")
	otherDisk    = flag.String("other-disk", "", "raw image for every other machine that is off")
	on           = flag.Bool("on", false, "the first machine is on")
	tracking     = flag.Bool("cbt", true, "the first machine's changes are tracked")
	mac          = flag.String("mac", "00:50:56:8a:12:34", "MAC address of the first machine")
	leaseSeconds = flag.Int("lease-timeout", 300, "seconds that a lease lives without progress")
	service      *simulator.Service
	server       *simulator.Server
	folders      = map[string]string{} // datastore -> folder
)

// hostFile is the file behind a datastore path.
func hostFile(p string) string {
	var d object.DatastorePath
	d.FromString(p)
	return filepath.Join(folders[d.Datastore], d.Path)
}

func firstDisk(vm *simulator.VirtualMachine) *types.VirtualDisk {
	return object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
}

// furnish gives the first machine the disks.
func furnish(vm *simulator.VirtualMachine) {
	first := firstDisk(vm)
	folder := path.Dir(first.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName)
	for n, raw := range disks {
		disk := first
		if n > 0 {
			copied, unit := *first, int32(n)
			backing := *first.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			backing.FileName = fmt.Sprintf("%s/disk%d.vmdk", folder, n+1)
			disk, copied.Backing, copied.UnitNumber = &copied, &backing, &unit
			vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, disk)
		}
		guestDisks = append(guestDisks, fill(disk, raw, n))
	}
	vm.Summary.Config.NumVirtualDisks = int32(len(disks))
	for _, card := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil)) {
		card.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().MacAddress = *mac
	}
}

// describeVM writes the machine's own file, which libvirt reads.
func describeVM(vm *simulator.VirtualMachine) {
	text := fmt.Sprintf(".encoding = \"UTF-8\"\nconfig.version = \"8\"\nvirtualHW.version = \"13\"\ndisplayName = \"%s\"\n"+
		"memSize = \"%d\"\nnumvcpus = \"%d\"\nguestOS = \"debian12-64\"\nuuid.bios = \"%s\"\nscsi0.present = \"TRUE\"\n"+
		"scsi0.virtualDev = \"lsilogic\"\n", vm.Name, vm.Config.Hardware.MemoryMB, vm.Config.Hardware.NumCPU, vm.Config.Uuid)
	for n, d := range guestDisks {
		name := path.Base(hostFile(d.layers[0].name))
		text += fmt.Sprintf("scsi0:%d.present = \"TRUE\"\nscsi0:%d.deviceType = \"scsi-hardDisk\"\nscsi0:%d.fileName = \"%s\"\n", n, n, n, name)
	}
	check(os.WriteFile(hostFile(vm.Config.Files.VmPathName), []byte(text), 0600))
	vm.LayoutEx.File = nil // the library's own list forgets the folder
	var at object.DatastorePath
	at.FromString(vm.Config.Files.VmPathName)
	entries, err := os.ReadDir(path.Dir(hostFile(vm.Config.Files.VmPathName)))
	check(err)
	for n, entry := range entries {
		name := fmt.Sprintf("[%s] %s/%s", at.Datastore, path.Dir(at.Path), entry.Name())
		vm.LayoutEx.File = append(vm.LayoutEx.File, types.VirtualMachineFileLayoutExFileInfo{Key: int32(n), Name: name, Type: "config"})
	}
}

func main() {
	flag.Var(&disks, "disk", "raw image for the first machine; may be repeated")
	listen := flag.String("l", "127.0.0.1:0", "address")
	certs := flag.String("certs", "", "folder for ca.pem")
	flag.Parse()

	model := simulator.VPX()
	model.Cluster, model.Host, model.Machine, model.Autostart = 0, *hosts, *vms, false
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	defer model.Remove()
	service = model.Service
	for _, e := range simulator.Map.All("Datastore") {
		ds := e.(*simulator.Datastore)
		folders[ds.Name] = ds.Info.GetDatastoreInfo().Url
	}
	for _, e := range simulator.Map.All("VirtualMachine") {
		vm := e.(*simulator.VirtualMachine)
		switch vm.Name {
		case "DC0_H0_VM0":
			first = vm
			furnish(vm)
			describeVM(vm)
			vm.Config.ChangeTrackingEnabled = types.NewBool(*tracking)
			vm.Guest.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
			if *on {
				vm.Runtime.PowerState, vm.Summary.Runtime.PowerState = "poweredOn", "poweredOn"
			}
		case "DC0_H0_VM1":
			vm.Runtime.PowerState, vm.Summary.Runtime.PowerState = "poweredOn", "poweredOn"
			vm.Config.Firmware = string(types.GuestOsDescriptorFirmwareTypeEfi)
			vm.Config.BootOptions = &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(true)}
			tpm := &types.VirtualTPM{}
			tpm.Key = 11000
			vm.Config.Hardware.Device = append(vm.Config.Hardware.Device, tpm)
			large := firstDisk(vm)
			large.CapacityInBytes, large.CapacityInKB = 8<<40, 8<<30 // more than 32 bits hold
		default:
			if *otherDisk != "" {
				fill(firstDisk(vm), *otherDisk, 0)
			}
		}
	}

	addPackager()
	mux := http.NewServeMux()
	host := strings.Split(*listen, ":")[0] // a pattern with a host wins over the simulator's own
	mux.HandleFunc(host+"/sdk", sdk)
	mux.HandleFunc(host+"/folder/", folder)
	mux.HandleFunc(host+"/nfc/", nfc)
	mux.HandleFunc("/_ctl", control)
	service.ServeMux = mux
	service.Listen = &url.URL{Host: *listen, User: url.UserPassword("user", "pass")}
	service.TLS = newIdentity(*certs)
	server = service.NewServer()
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"address": server.URL.Host})

	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the test that started us is gone
		end <- syscall.SIGTERM
	}()
	<-end
}
