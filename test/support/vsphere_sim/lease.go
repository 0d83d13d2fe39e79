// Leases for exports: ExportVm, the methods of HttpNfcLease, and their expiry.
package main

import (
	"crypto/sha1"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// exporter stands in for a machine: the simulator's own has no ExportVm.
type exporter struct {
	mo.ServiceManager // the registry wants a managed object as the first field
	target            types.ManagedObjectReference
}

type lease struct {
	mo.HttpNfcLease
	files map[string][]string // name -> how qemu opens it
	timer *time.Timer
	host  string // that sends the disks
}

var (
	leases   sync.Map
	exported sync.Mutex
)

// exporterFor is the stand-in of a machine.
func exporterFor(ref types.ManagedObjectReference) types.ManagedObjectReference {
	own := types.ManagedObjectReference{Type: "Exporter", Value: ref.Value}
	exported.Lock()
	defer exported.Unlock()
	if simulator.Map.Get(own) == nil {
		e := &exporter{target: ref}
		e.ServiceManager.Self = own
		simulator.Map.Put(e)
	}
	return own
}

func (e *exporter) Reference() types.ManagedObjectReference { return e.ServiceManager.Self }

// ExportSnapshot leases what a snapshot has frozen, also of a machine that is on.
func (e *exporter) ExportSnapshot(ctx *simulator.Context, r *types.ExportSnapshot) soap.HasFault {
	s := simulator.Map.Get(e.target).(*simulator.VirtualMachineSnapshot)
	return &methods.ExportSnapshotBody{Res: &types.ExportSnapshotResponse{Returnval: newLease(e.vm(), s.Config.Hardware.Device).Self}}
}

func (e *exporter) ExportVm(ctx *simulator.Context, r *types.ExportVm) soap.HasFault {
	vm := simulator.Map.Get(e.target).(*simulator.VirtualMachine)
	if state := vm.Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOff {
		return &methods.ExportVmBody{Fault_: simulator.Fault("", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: state})}
	}
	return &methods.ExportVmBody{Res: &types.ExportVmResponse{Returnval: newLease(vm, vm.Config.Hardware.Device).Self}}
}

func thumbprint() string {
	sum := sha1.Sum(certificate().Certificate[0])
	return strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", sum), " ", ":"))
}

func newLease(vm *simulator.VirtualMachine, devices []types.BaseVirtualDevice) *lease {
	l := &lease{files: map[string][]string{}}
	l.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: fmt.Sprintf("52%x", time.Now().UnixNano())}
	l.State = types.HttpNfcLeaseStateInitializing
	info := &types.HttpNfcLeaseInfo{Lease: l.Self, Entity: vm.Self, LeaseTimeout: int32(*leaseSeconds)}
	for _, d := range devices {
		disk, ok := d.(*types.VirtualDisk)
		if !ok {
			continue
		}
		n := len(l.files)
		name, key := fmt.Sprintf("disk-%d.vmdk", n), deviceKey(vm, devices, disk)
		l.files[name] = leaseImage(backing(disk))
		info.TotalDiskCapacityInKB += disk.CapacityInKB
		info.DeviceUrl = append(info.DeviceUrl, types.HttpNfcLeaseDeviceUrl{
			Key: key, ImportKey: key, Url: "https://*/nfc/" + l.Self.Value + "/" + name,
			SslThumbprint: thumbprint(), Disk: types.NewBool(true), TargetId: name,
		})
	}
	l.host = simulator.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem).Name
	busy(l.host, 1)
	simulator.Map.Put(l)
	leases.Store(l.Self.Value, l)
	l.timer = time.AfterFunc(time.Duration(*leaseSeconds)*time.Second, func() {
		l.close()
		simulator.Map.Update(l, []types.PropertyChange{
			{Name: "state", Val: types.HttpNfcLeaseStateError},
			{Name: "error", Val: &types.LocalizedMethodFault{Fault: &types.Timedout{}, LocalizedMessage: "The lease has timed out"}}})
	})
	time.AfterFunc(300*time.Millisecond, func() { // as the product, it is not ready at once
		simulator.Map.Update(l, []types.PropertyChange{{Name: "info", Val: info},
			{Name: "initializeProgress", Val: int32(100)}, {Name: "state", Val: types.HttpNfcLeaseStateReady}})
	})
	return l
}

func (l *lease) HttpNfcLeaseProgress(ctx *simulator.Context, r *types.HttpNfcLeaseProgress) soap.HasFault {
	if l.State != types.HttpNfcLeaseStateReady {
		return &methods.HttpNfcLeaseProgressBody{Fault_: simulator.Fault("the lease is not ready", &types.InvalidState{})}
	}
	l.timer.Reset(time.Duration(*leaseSeconds) * time.Second)
	simulator.Map.Update(l, []types.PropertyChange{{Name: "transferProgress", Val: r.Percent}})
	return &methods.HttpNfcLeaseProgressBody{Res: new(types.HttpNfcLeaseProgressResponse)}
}

func (l *lease) end(state types.HttpNfcLeaseState) *soap.Fault {
	if l.State != types.HttpNfcLeaseStateReady {
		return simulator.Fault("the lease is not ready", &types.InvalidState{})
	}
	l.timer.Stop()
	simulator.Map.Update(l, []types.PropertyChange{{Name: "state", Val: state}})
	l.close()
	return nil
}

// close forgets the lease, once.
func (l *lease) close() {
	if _, open := leases.LoadAndDelete(l.Self.Value); open {
		busy(l.host, -1)
	}
}

// deviceKey names a device as leases and descriptors do: machine, controller, bus and unit.
func deviceKey(vm *simulator.VirtualMachine, devices object.VirtualDeviceList, disk *types.VirtualDisk) string {
	c := devices.FindByKey(disk.ControllerKey)
	kind := reflect.TypeOf(c).Elem().Name()
	bus := c.(types.BaseVirtualController).GetVirtualController().BusNumber
	return fmt.Sprintf("/%s/%s%d:%d", vm.Self.Value, kind, bus, *disk.UnitNumber)
}

func (l *lease) HttpNfcLeaseComplete(ctx *simulator.Context, r *types.HttpNfcLeaseComplete) soap.HasFault {
	if fault := l.end(types.HttpNfcLeaseStateDone); fault != nil {
		return &methods.HttpNfcLeaseCompleteBody{Fault_: fault}
	}
	return &methods.HttpNfcLeaseCompleteBody{Res: new(types.HttpNfcLeaseCompleteResponse)}
}

func (l *lease) HttpNfcLeaseAbort(ctx *simulator.Context, r *types.HttpNfcLeaseAbort) soap.HasFault {
	if fault := l.end(types.HttpNfcLeaseStateError); fault != nil {
		return &methods.HttpNfcLeaseAbortBody{Fault_: fault}
	}
	return &methods.HttpNfcLeaseAbortBody{Res: new(types.HttpNfcLeaseAbortResponse)}
}
