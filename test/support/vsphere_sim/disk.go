// The disks of the first machine: a flat base and a delta (COWD) for each snapshot, what the guest writes, and
// which areas changed since when.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	grain       = 8192 // bytes; a write is made of whole grains
	tableGrains = 4096
)

// layer is one file of a chain: the flat base or a delta.
type layer struct {
	name   string // datastore path of the descriptor
	cid    uint32
	delta  *os.File
	grains map[int64]int64 // number of a grain -> where it is in the delta
	end    int64
}

type change struct {
	seq, offset, length int64
}

// guestDisk is a disk that has content; those of the first machine are in guestDisks.
type guestDisk struct {
	sync.Mutex
	device  *types.VirtualDisk
	size    int64
	layers  []*layer // the base first
	changes []change
	seq     int64
	epoch   int // another one: change tracking was reset
}

var (
	guestDisks []*guestDisk
	nextCID    = uint32(0x10000000)
)

func backing(d *types.VirtualDisk) *types.VirtualDiskFlatVer2BackingInfo {
	return d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
}

// fill puts a raw image behind a disk, as descriptor and flat extent.
func fill(disk *types.VirtualDisk, raw string, n int) *guestDisk {
	b := backing(disk)
	flat := extentFile(b.FileName, "flat")
	if out, err := exec.Command("cp", "--sparse=always", raw, flat).CombinedOutput(); err != nil {
		log.Fatal(string(out))
	}
	st, err := os.Stat(flat)
	check(err)
	nextCID++
	disk.Key = int32(2000 + n)
	disk.CapacityInKB, disk.CapacityInBytes = st.Size()/1024, st.Size()
	b.Uuid = fmt.Sprintf("6000c29a-0000-0000-0000-%012d", n+1)
	d := &guestDisk{device: disk, size: st.Size(), layers: []*layer{{name: b.FileName, cid: nextCID}}}
	d.describe()
	return d
}

func extentFile(descriptor, suffix string) string {
	return strings.TrimSuffix(hostFile(descriptor), ".vmdk") + "-" + suffix + ".vmdk"
}

// describe writes every descriptor and the backing that the API shows.
func (d *guestDisk) describe() {
	for i, l := range d.layers {
		kind, suffix, parent := "vmfs", "flat", "parentCID=ffffffff\n"
		extent := "VMFS"
		if i > 0 {
			kind, suffix, extent = "vmfsSparse", "delta", "VMFSSPARSE"
			parent = fmt.Sprintf("parentCID=%08x\nparentFileNameHint=\"%s\"\n", d.layers[i-1].cid, path.Base(hostFile(d.layers[i-1].name)))
		}
		text := fmt.Sprintf("# Disk DescriptorFile\nversion=1\nCID=%08x\n%screateType=\"%s\"\n\n# Extent description\n"+
			"RW %d %s \"%s\"\n\nddb.adapterType = \"lsilogic\"\n", l.cid, parent, kind, d.size/512, extent, path.Base(extentFile(l.name, suffix)))
		check(os.WriteFile(hostFile(l.name), []byte(text), 0600))
	}
	d.device.Backing = d.backingOf(len(d.layers), d.seq)
}

// backingOf is the chain of the lowest layers as the API shows it.
func (d *guestDisk) backingOf(depth int, seq int64) *types.VirtualDiskFlatVer2BackingInfo {
	var below *types.VirtualDiskFlatVer2BackingInfo
	for _, l := range d.layers[:depth] {
		b := *backing(d.device)
		b.FileName, b.Parent, b.ChangeId = l.name, below, ""
		below = &b
	}
	below.ChangeId = d.changeID(seq)
	return below
}

func (d *guestDisk) changeID(seq int64) string {
	if !*tracking {
		return ""
	}
	return fmt.Sprintf("52 %02x 00 00/%d", d.epoch, seq)
}

// push freezes the top and puts a delta on it.
func (d *guestDisk) push() {
	stem := strings.TrimSuffix(d.layers[0].name, ".vmdk")
	nextCID++
	l := &layer{name: fmt.Sprintf("%s-%06d.vmdk", stem, nextCID&0xffff), cid: nextCID, grains: map[int64]int64{}}
	var err error
	l.delta, err = os.Create(extentFile(l.name, "delta"))
	check(err)
	tables := (d.size + grain*tableGrains - 1) / (grain * tableGrains)
	head := 4*512 + (tables*4+511)/512*512
	l.end = head + tables*tableGrains*4
	header := make([]byte, head)
	copy(header, "COWD")
	for i, v := range []int64{1, 3, d.size / 512, grain / 512, 4, tables, l.end / 512} {
		binary.LittleEndian.PutUint32(header[4+4*i:], uint32(v))
	}
	for i := int64(0); i < tables; i++ {
		binary.LittleEndian.PutUint32(header[4*512+4*i:], uint32((head+i*tableGrains*4)/512))
	}
	_, err = l.delta.WriteAt(header, 0)
	check(err)
	check(l.delta.Truncate(l.end))
	d.layers = append(d.layers, l)
	d.describe()
}

// put writes whole grains into a layer.
func (d *guestDisk) put(l *layer, offset int64, data []byte) {
	if l.delta == nil {
		f, err := os.OpenFile(extentFile(l.name, "flat"), os.O_WRONLY, 0)
		check(err)
		defer f.Close()
		_, err = f.WriteAt(data, offset)
		check(err)
		return
	}
	tables := (d.size + grain*tableGrains - 1) / (grain * tableGrains)
	head := 4*512 + (tables*4+511)/512*512
	for at := int64(0); at < int64(len(data)); at += grain {
		n := (offset + at) / grain
		where, ok := l.grains[n]
		if !ok {
			where, l.end = l.end, l.end+grain
			l.grains[n] = where
			entry := make([]byte, 4)
			binary.LittleEndian.PutUint32(entry, uint32(where/512))
			_, err := l.delta.WriteAt(entry, head+n*4)
			check(err)
		}
		_, err := l.delta.WriteAt(data[at:at+grain], where)
		check(err)
	}
}

// guestWrites is what the guest does: the same byte everywhere.
func (d *guestDisk) guestWrites(offset, length int64, value byte) {
	d.Lock()
	defer d.Unlock()
	data := make([]byte, length)
	for i := range data {
		data[i] = value
	}
	d.put(d.layers[len(d.layers)-1], offset, data)
	d.seq++
	d.changes = append(d.changes, change{d.seq, offset, length})
	backing(d.device).ChangeId = d.changeID(d.seq)
}

// merge writes a delta into what is below it.
func (d *guestDisk) merge(n int) {
	l := d.layers[n]
	data := make([]byte, grain)
	for number, where := range l.grains {
		_, err := l.delta.ReadAt(data, where)
		check(err)
		d.put(d.layers[n-1], number*grain, data)
	}
	l.delta.Close()
	check(os.Remove(extentFile(l.name, "delta")))
	check(os.Remove(hostFile(l.name)))
	d.layers = append(d.layers[:n], d.layers[n+1:]...)
	d.describe()
}

// areas are the bytes that changed after one moment up to another; since -1, what was ever written.
func (d *guestDisk) areas(since, until int64) []types.DiskChangeExtent {
	out := []types.DiskChangeExtent{}
	if since < 0 {
		f, err := os.Open(extentFile(d.layers[0].name, "flat"))
		check(err)
		defer f.Close()
		for at := int64(0); ; {
			start, err := f.Seek(at, 3) // SEEK_DATA
			if err != nil {
				break
			}
			end, err := f.Seek(start, 4) // SEEK_HOLE
			check(err)
			out = append(out, types.DiskChangeExtent{Start: start, Length: end - start})
			at = end
		}
	}
	for _, c := range d.changes {
		if c.seq > since && c.seq <= until {
			out = append(out, types.DiskChangeExtent{Start: c.offset, Length: c.length})
		}
	}
	return out
}

// isLocked tells whether a file is the one that a running machine writes to.
func isLocked(file string) bool {
	if first == nil || first.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return false
	}
	for _, d := range guestDisks {
		top := d.layers[len(d.layers)-1]
		if file == extentFile(top.name, "flat") || file == extentFile(top.name, "delta") {
			return true
		}
	}
	return false
}

// leaseImage is a disk, or what a snapshot has frozen of it, as qemu opens it.
func leaseImage(b *types.VirtualDiskFlatVer2BackingInfo) []string {
	if b.Parent == nil {
		return []string{"-f", "raw", extentFile(b.FileName, "flat")}
	}
	return []string{"-f", "vmdk", hostFile(b.FileName)}
}

func diskByKey(key int32) *guestDisk {
	for _, d := range guestDisks {
		if d.device.Key == key {
			return d
		}
	}
	return nil
}

var first *simulator.VirtualMachine // the machine that has the disks
