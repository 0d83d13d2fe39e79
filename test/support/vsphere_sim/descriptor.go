// The OVF descriptor of a machine: OvfManager.CreateDescriptor, which the library lacks.
package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"sort"
	"strings"
	texts "text/template"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// packager is the library's OvfManager with what it lacks.
type packager struct{ simulator.OvfManager }

func addPackager() {
	p := &packager{}
	p.Self = types.ManagedObjectReference{Type: "OvfManager", Value: "OvfManager"}
	for _, name := range []string{"mac", "uuid"} {
		p.OvfExportOption = append(p.OvfExportOption, types.OvfOptionInfo{Option: name})
	}
	simulator.Map.Put(p)
}

// item is one Item of a hardware section: elements of CIM_ResourceAllocationSettingData, in the order of the alphabet.
type item struct {
	Required bool
	Values   [][2]string
}

// hardware gathers the items; the number of a controller is what disks name as their parent.
type hardware struct {
	items   []item
	parents map[int32]int // key of a controller -> InstanceID
	Disks   []ovfDisk
	nets    []string
}

type ovfDisk struct {
	types.OvfFile
	ID, FileID, Capacity, Units string
}

func (h *hardware) add(required bool, name string, values ...interface{}) int {
	id := len(h.items) + 1
	all := [][2]string{}
	for n := 0; n < len(values); n += 2 {
		all = append(all, [2]string{values[n].(string), fmt.Sprint(values[n+1])})
	}
	all = append(all, [2]string{"ElementName", name}, [2]string{"InstanceID", fmt.Sprint(id)})
	sort.SliceStable(all, func(i, j int) bool { return all[i][0] < all[j][0] }) // the schema wants this order
	h.items = append(h.items, item{required, all})
	return id
}

// Resource types of CIM, and what VMware calls each kind of controller.
var controllers = map[string][2]string{
	"ParaVirtualSCSIController":    {"6", "VirtualSCSI"},
	"VirtualLsiLogicController":    {"6", "lsilogic"},
	"VirtualLsiLogicSASController": {"6", "lsilogicsas"},
	"VirtualBusLogicController":    {"6", "buslogic"},
	"VirtualIDEController":         {"5", ""},
	"VirtualAHCIController":        {"20", "vmware.sata.ahci"},
	"VirtualNVMEController":        {"20", "vmware.nvme.controller"},
}

func kindOf(d types.BaseVirtualDevice) string { return reflect.TypeOf(d).Elem().Name() }

func (h *hardware) addDevice(d types.BaseVirtualDevice, vm *simulator.VirtualMachine, devices object.VirtualDeviceList, r *types.OvfCreateDescriptorParams) error {
	own := d.GetVirtualDevice()
	parent := h.parents[own.ControllerKey]
	unit := int32(0)
	if own.UnitNumber != nil {
		unit = *own.UnitNumber
	}
	if kind, ok := controllers[kindOf(d)]; ok {
		values := []interface{}{"Address", d.(types.BaseVirtualController).GetVirtualController().BusNumber, "ResourceType", kind[0]}
		if kind[1] != "" {
			values = append(values, "ResourceSubType", kind[1])
		}
		h.parents[own.Key] = h.add(true, kindOf(d), values...)
		return nil
	}
	switch one := d.(type) {
	case *types.VirtualDisk:
		disk, err := h.diskOf(one, vm, devices, r.OvfFiles)
		if err != nil {
			return err
		}
		h.add(true, own.DeviceInfo.GetDescription().Label, "AddressOnParent", unit, "HostResource", "ovf:/disk/"+disk.ID,
			"Parent", parent, "ResourceType", 17)
	case *types.VirtualCdrom:
		h.add(false, own.DeviceInfo.GetDescription().Label, "AddressOnParent", unit, "AutomaticAllocation", false,
			"Parent", parent, "ResourceSubType", "vmware.cdrom.remotepassthrough", "ResourceType", 15)
	case *types.VirtualTPM:
		h.add(false, "Virtual TPM", "AutomaticAllocation", false, "ResourceSubType", "vmware.vtpm", "ResourceType", 1)
	case types.BaseVirtualEthernetCard:
		values := []interface{}{"AddressOnParent", unit, "AutomaticAllocation", true, "Connection", h.network(own.Backing),
			"ResourceSubType", strings.TrimPrefix(kindOf(d), "Virtual"), "ResourceType", 10}
		for _, option := range r.ExportOption { // as the product: only for who asks
			if option == "mac" {
				values = append(values, "Address", one.GetVirtualEthernetCard().MacAddress)
			}
		}
		h.add(true, own.DeviceInfo.GetDescription().Label, values...)
	}
	return nil
}

func (h *hardware) diskOf(d *types.VirtualDisk, vm *simulator.VirtualMachine, devices object.VirtualDeviceList, files []types.OvfFile) (*ovfDisk, error) {
	n := len(h.Disks) + 1
	disk := ovfDisk{ID: fmt.Sprintf("vmdisk%d", n), Capacity: fmt.Sprint(d.CapacityInBytes), Units: "byte"}
	if mib := d.CapacityInBytes >> 20; mib<<20 == d.CapacityInBytes {
		disk.Capacity, disk.Units = fmt.Sprint(mib), "byte * 2^20"
	}
	for _, file := range files {
		if file.DeviceId == deviceKey(vm, devices, d) {
			disk.OvfFile, disk.FileID = file, fmt.Sprintf("file%d", n)
		}
	}
	if len(files) > 0 && disk.FileID == "" {
		return nil, fmt.Errorf("no file is of %s", deviceKey(vm, devices, d))
	}
	h.Disks = append(h.Disks, disk)
	return &disk, nil
}

func (h *hardware) network(b types.BaseVirtualDeviceBackingInfo) string {
	name := ""
	switch one := b.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		name = one.DeviceName
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		for _, e := range simulator.Map.All("DistributedVirtualPortgroup") {
			if group := e.(*simulator.DistributedVirtualPortgroup); group.Key == one.Port.PortgroupKey {
				name = group.Name
			}
		}
	}
	for _, known := range h.nets {
		if known == name {
			return name
		}
	}
	h.nets = append(h.nets, name)
	return name
}

// CreateDescriptor describes a machine, or what a snapshot has frozen of it, around files that were downloaded.
func (p *packager) CreateDescriptor(ctx *simulator.Context, r *types.CreateDescriptor) soap.HasFault {
	refused := func(reason string) soap.HasFault {
		return &methods.CreateDescriptorBody{Fault_: simulator.Fault(reason, &types.InvalidArgument{InvalidProperty: "cdp"})}
	}
	vm, ok := simulator.Map.Get(r.Obj).(*simulator.VirtualMachine)
	if !ok {
		return refused("it is no machine")
	}
	if state := vm.Runtime.PowerState; r.Cdp.Snapshot == nil && state != types.VirtualMachinePowerStatePoweredOff {
		return &methods.CreateDescriptorBody{Fault_: simulator.Fault("", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: state})}
	}
	config := vm.Config
	if r.Cdp.Snapshot != nil {
		s, ok := simulator.Map.Get(*r.Cdp.Snapshot).(*simulator.VirtualMachineSnapshot)
		if !ok {
			return refused("there is no such snapshot")
		}
		config = &s.Config
	}
	h := &hardware{parents: map[int32]int{}}
	h.add(true, fmt.Sprintf("%d virtual CPU(s)", config.Hardware.NumCPU), "AllocationUnits", "hertz * 10^6",
		"Description", "Number of Virtual CPUs", "ResourceType", 3, "VirtualQuantity", config.Hardware.NumCPU)
	h.add(true, fmt.Sprintf("%dMB of memory", config.Hardware.MemoryMB), "AllocationUnits", "byte * 2^20",
		"Description", "Memory Size", "ResourceType", 4, "VirtualQuantity", config.Hardware.MemoryMB)
	for _, d := range config.Hardware.Device {
		if err := h.addDevice(d, vm, config.Hardware.Device, &r.Cdp); err != nil {
			return refused(err.Error())
		}
	}
	id := r.Cdp.Name
	if id == "" {
		id = vm.Name
	}
	firmware, secure := config.Firmware, false
	if firmware == "" {
		firmware = "bios"
	}
	if config.BootOptions != nil && config.BootOptions.EfiSecureBootEnabled != nil {
		secure = *config.BootOptions.EfiSecureBootEnabled
	}
	var out bytes.Buffer
	check(envelope.Execute(&out, map[string]interface{}{"ID": id, "Name": vm.Name, "Guest": config.GuestId, "Hardware": config.Version,
		"Items": h.items, "Disks": h.Disks, "Networks": h.nets, "Firmware": firmware, "Secure": secure}))
	return &methods.CreateDescriptorBody{Res: &types.CreateDescriptorResponse{
		Returnval: types.OvfCreateDescriptorResult{OvfDescriptor: out.String()}}}
}

func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

// envelope is a package of DMTF DSP0243 as vCenter lays it out.
var envelope = texts.Must(texts.New("ovf").Funcs(texts.FuncMap{"x": escaped}).Parse(`<?xml version="1.0" encoding="UTF-8"?>
<!--Generated by a vCenter simulator-->
<Envelope vmw:buildId="build-0" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <References>
{{- range .Disks}}{{if .FileID}}
    <File ovf:href="{{x .Path}}" ovf:id="{{.FileID}}" ovf:size="{{.Size}}"/>{{end}}{{end}}
  </References>
  <DiskSection>
    <Info>Virtual disk information</Info>
{{- range .Disks}}
    <Disk ovf:capacity="{{.Capacity}}" ovf:capacityAllocationUnits="{{.Units}}" ovf:diskId="{{.ID}}"{{if .FileID}} ovf:fileRef="{{.FileID}}"{{end}} ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>{{end}}
  </DiskSection>
  <NetworkSection>
    <Info>The list of logical networks</Info>
{{- range .Networks}}
    <Network ovf:name="{{x .}}">
      <Description>The {{x .}} network</Description>
    </Network>{{end}}
  </NetworkSection>
  <VirtualSystem ovf:id="{{x .ID}}">
    <Info>A virtual machine</Info>
    <Name>{{x .Name}}</Name>
    <OperatingSystemSection ovf:id="1" vmw:osType="{{x .Guest}}">
      <Info>The kind of installed guest operating system</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware requirements</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>{{x .ID}}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>{{x .Hardware}}</vssd:VirtualSystemType>
      </System>
{{- range .Items}}
      <Item{{if not .Required}} ovf:required="false"{{end}}>
{{- range .Values}}
        <rasd:{{index . 0}}>{{x (index . 1)}}</rasd:{{index . 0}}>{{end}}
      </Item>{{end}}
      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="{{.Firmware}}"/>
{{- if .Secure}}
      <vmw:Config ovf:required="false" vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>{{end}}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`))
