// Snapshots of the first machine with their delta disks, changed areas between them, and tasks that take a while.
package main

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// How long a task is queued before it runs.
const taskDelay = 150 * time.Millisecond

// At most so many areas come in one answer.
const areasAtOnce = 4

// frozen is what a snapshot holds of each disk: the number of layers, and where change tracking stood.
type frozen struct {
	depth map[int32]int
	seq   map[int32]int64
	epoch map[int32]int
}

var snapshots = map[string]*frozen{}

// later runs a task in the background; a rule "taskfault" for the method makes it fail.
func later(e *exporter, method string, work func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	task := simulator.CreateTask(e, strings.TrimSuffix(method, "_Task"), func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		res, fault := work()
		if r := match("task " + method); r != nil {
			return nil, &types.GenericVmConfigFault{Reason: "injected"}
		}
		return res, fault
	})
	go func() {
		time.Sleep(taskDelay)
		task.Run()
	}()
	return task.Self
}

func (e *exporter) vm() *simulator.VirtualMachine {
	if e.target.Type == "VirtualMachineSnapshot" {
		s := simulator.Map.Get(e.target).(*simulator.VirtualMachineSnapshot)
		return simulator.Map.Get(s.Vm).(*simulator.VirtualMachine)
	}
	return simulator.Map.Get(e.target).(*simulator.VirtualMachine)
}

func isFrozen(d *types.VirtualDisk) bool {
	return !strings.HasPrefix(backing(d).DiskMode, "independent")
}

func (e *exporter) CreateSnapshotTask(ctx *simulator.Context, r *types.CreateSnapshot_Task) soap.HasFault {
	vm := e.vm()
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{
		Returnval: later(e, "CreateSnapshot_Task", func() (types.AnyType, types.BaseMethodFault) {
			before := vm.Config.Hardware.Device
			vm.CreateSnapshotTask(r)
			ref := *vm.Snapshot.CurrentSnapshot
			if vm != first {
				return ref, nil
			}
			own := &frozen{map[int32]int{}, map[int32]int64{}, map[int32]int{}}
			s := simulator.Map.Get(ref).(*simulator.VirtualMachineSnapshot)
			s.Config.Hardware.Device = nil
			for _, device := range before {
				disk, ok := device.(*types.VirtualDisk)
				if !ok {
					s.Config.Hardware.Device = append(s.Config.Hardware.Device, device)
					continue
				}
				if !isFrozen(disk) {
					continue
				}
				d := diskByKey(disk.Key)
				d.Lock()
				copied := *disk
				copied.Backing = d.backingOf(len(d.layers), d.seq)
				s.Config.Hardware.Device = append(s.Config.Hardware.Device, &copied)
				own.depth[disk.Key], own.seq[disk.Key], own.epoch[disk.Key] = len(d.layers), d.seq, d.epoch
				d.push()
				d.Unlock()
			}
			snapshots[ref.Value] = own
			return ref, nil
		})}}
}

func (e *exporter) RemoveSnapshotTask(ctx *simulator.Context, r *types.RemoveSnapshot_Task) soap.HasFault {
	vm := e.vm()
	s := simulator.Map.Get(e.target).(*simulator.VirtualMachineSnapshot)
	return &methods.RemoveSnapshot_TaskBody{Res: &types.RemoveSnapshot_TaskResponse{
		Returnval: later(e, "RemoveSnapshot_Task", func() (types.AnyType, types.BaseMethodFault) {
			own := *r
			own.This = e.target
			s.RemoveSnapshotTask(ctx, &own)
			f := snapshots[e.target.Value]
			delete(snapshots, e.target.Value)
			if f == nil {
				return nil, nil
			}
			if rule := match("consolidate"); rule != nil { // the snapshot is gone, its delta stays
				vm.Runtime.ConsolidationNeeded = types.NewBool(true)
				return nil, &types.GenericVmConfigFault{Reason: "injected"}
			}
			for key, depth := range f.depth {
				mergeAt(diskByKey(key), depth)
			}
			return nil, nil
		})}}
}

func mergeAt(d *guestDisk, n int) {
	d.Lock()
	defer d.Unlock()
	d.merge(n)
	for _, other := range snapshots {
		if other.depth[d.device.Key] > n {
			other.depth[d.device.Key]--
		}
	}
}

func (e *exporter) ConsolidateVMDisksTask(ctx *simulator.Context, r *types.ConsolidateVMDisks_Task) soap.HasFault {
	vm := e.vm()
	return &methods.ConsolidateVMDisks_TaskBody{Res: &types.ConsolidateVMDisks_TaskResponse{
		Returnval: later(e, "ConsolidateVMDisks_Task", func() (types.AnyType, types.BaseMethodFault) {
			for _, d := range guestDisks {
				for vm == first && len(snapshots) == 0 && len(d.layers) > 1 {
					mergeAt(d, len(d.layers)-1)
				}
			}
			vm.Runtime.ConsolidationNeeded = types.NewBool(false)
			return nil, nil
		})}}
}

func (e *exporter) QueryChangedDiskAreas(ctx *simulator.Context, r *types.QueryChangedDiskAreas) soap.HasFault {
	d := diskByKey(r.DeviceKey)
	vm := e.vm()
	if d == nil || vm != first || vm.Config.ChangeTrackingEnabled == nil || !*vm.Config.ChangeTrackingEnabled {
		return &methods.QueryChangedDiskAreasBody{Fault_: simulator.Fault("Change tracking is not active", &types.FileFault{})}
	}
	d.Lock()
	defer d.Unlock()
	until, epoch := d.seq, d.epoch
	if r.Snapshot != nil {
		f := snapshots[r.Snapshot.Value]
		if f == nil {
			return &methods.QueryChangedDiskAreasBody{Fault_: simulator.Fault("no such snapshot", &types.ManagedObjectNotFound{})}
		}
		until, epoch = f.seq[r.DeviceKey], f.epoch[r.DeviceKey]
	}
	since := int64(-1)
	if r.ChangeId != "*" {
		at := strings.LastIndex(r.ChangeId, "/")
		n, err := strconv.ParseInt(r.ChangeId[at+1:], 10, 64)
		now := d.changeID(0)
		if err != nil || epoch != d.epoch || r.ChangeId[:at] != now[:strings.LastIndex(now, "/")] {
			return &methods.QueryChangedDiskAreasBody{Fault_: simulator.Fault("A specified parameter was not correct: changeId",
				&types.InvalidArgument{InvalidProperty: "changeId"})}
		}
		since = n
	}
	info := types.DiskChangeInfo{StartOffset: r.StartOffset, Length: d.size - r.StartOffset}
	for _, area := range sorted(d.areas(since, until)) {
		if area.Start+area.Length <= r.StartOffset {
			continue
		}
		if area.Start < r.StartOffset {
			area.Length -= r.StartOffset - area.Start
			area.Start = r.StartOffset
		}
		if len(info.ChangedArea) == areasAtOnce {
			info.Length = area.Start - r.StartOffset
			break
		}
		info.ChangedArea = append(info.ChangedArea, area)
	}
	return &methods.QueryChangedDiskAreasBody{Res: &types.QueryChangedDiskAreasResponse{Returnval: info}}
}

func sorted(areas []types.DiskChangeExtent) []types.DiskChangeExtent {
	sort.Slice(areas, func(i, j int) bool { return areas[i].Start < areas[j].Start })
	return areas
}

func (e *exporter) PowerOnVMTask(ctx *simulator.Context, r *types.PowerOnVM_Task) soap.HasFault {
	vm := e.vm()
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{
		Returnval: later(e, "PowerOnVM_Task", func() (types.AnyType, types.BaseMethodFault) {
			if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
				return nil, &types.InvalidPowerState{ExistingState: vm.Runtime.PowerState}
			}
			vm.PowerOnVMTask(ctx, r)
			return nil, nil
		})}}
}

func (e *exporter) PowerOffVMTask(ctx *simulator.Context, r *types.PowerOffVM_Task) soap.HasFault {
	vm := e.vm()
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{
		Returnval: later(e, "PowerOffVM_Task", func() (types.AnyType, types.BaseMethodFault) {
			vm.PowerOffVMTask(ctx, r)
			return nil, nil
		})}}
}

// ShutdownGuest asks the guest, which takes a while, needs running tools, and may not listen.
func (e *exporter) ShutdownGuest(ctx *simulator.Context, r *types.ShutdownGuest) soap.HasFault {
	vm := e.vm()
	if vm.Guest == nil || vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		return &methods.ShutdownGuestBody{Fault_: simulator.Fault("VMware Tools is not running", &types.ToolsUnavailable{})}
	}
	if match("guest ignores") == nil {
		time.AfterFunc(2*taskDelay, func() {
			if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
				vm.ShutdownGuest(ctx, r)
			}
		})
	}
	return &methods.ShutdownGuestBody{Res: new(types.ShutdownGuestResponse)}
}
