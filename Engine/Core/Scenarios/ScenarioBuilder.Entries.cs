namespace MigrationConformance.Core;

// Page table entries: those of the VMAs first, then those of the pages in page order.
public sealed partial class ScenarioBuilder
{
    // Processes that have a swap entry.
    private bool[] swappedProcesses = [];

    private VmaCover? cover;

    private void AddEntries()
    {
        swappedProcesses = new bool[processes];
        if (s.Vmas is { } vmas)
        {
            for (int number = 0; number < vmas.Count; number++)
                AddEntries(number, vmas[number]);
        }
        if (entriesOfPage == 0)
            return;
        cover = new VmaCover(m, files, anonVmas);
        int later = 0;
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            if (page.PresentEntries + page.SwapEntries == 0)
                continue;
            if (cover.HasMany(cover.OwnerOf(page)))
                later += page.Repeat;
            else
                AddEntries(item, page);
        }
        if (later > 0)
            AddEntriesByOffset(later);
    }

    // The pages whose file or anon_vma has many VMAs, by owner, offset and number.
    private void AddEntriesByOffset(int number)
    {
        var keys = new (int Owner, ulong Index, int Frame)[number];
        var items = new int[number];
        int filled = 0;
        for (int item = 0; item < s.Pages.Count; item++)
        {
            ScenarioPage page = s.Pages[item];
            int owner = cover!.OwnerOf(page);
            if (page.PresentEntries + page.SwapEntries == 0 || !cover.HasMany(owner))
                continue;
            for (int nth = 0; nth < page.Repeat; nth++)
            {
                keys[filled] = (owner, page.Index + (ulong)nth, firstFrames[item] + nth);
                items[filled++] = item;
            }
        }
        Array.Sort(keys, items);
        for (int i = 0; i < number; i++)
            AddEntriesOfFrame(items[i], s.Pages[items[i]], keys[i].Frame - firstFrames[items[i]]);
    }

    private void AddEntries(int number, ScenarioVma vma)
    {
        for (int i = 0; i < vma.Entries.Count; i++)
        {
            ScenarioEntry entry = vma.Entries[i];
            if (!IsInside(m.Vmas[number], entry.Address))
                throw Outside($"$.vmas[{number}].entries[{i}].address", entry.Address, number);
            CheckEntry(number, i, vma, entry);
            Pte pte = entry.Slot != 0 ? Pte.Swap(new SwpEntry((ulong)entry.Slot)) : Pte.File(new Pgoff(entry.FileOffset));
            if (!Set(number, entry.Address, pte))
                throw Taken($"$.vmas[{number}].entries[{i}].address", entry.Address, number);
        }
    }

    private void CheckEntry(int number, int i, ScenarioVma vma, ScenarioEntry entry)
    {
        if (entry.Slot < 0 || entry.Slot > slots)
            throw Dangling($"$.vmas[{number}].entries[{i}].slot", entry.Slot);
        if (entry.FileOffset > Pte.MaxFileOffset)
            throw Wrong($"$.vmas[{number}].entries[{i}].fileOffset", $"{entry.FileOffset}", "an offset below 2^56");
        if (s.Illegal)
            return;
        if (entry.Slot != 0 && vma.AnonVma is null)
            throw Contradiction($"$.vmas[{number}].entries[{i}].slot",
                "a swap entry in a VMA without anonymous pages", "\"anonVma\" for the VMA");
        if (entry.Slot == 0 && (vma.Flags & VmFlags.Nonlinear) == 0)
            throw Contradiction($"$.vmas[{number}].entries[{i}].fileOffset",
                "a file entry in a linear VMA", "the flag \"nonlinear\" for the VMA");
    }

    private void AddEntries(int item, ScenarioPage page)
    {
        for (int nth = 0; nth < page.Repeat; nth++)
            AddEntriesOfFrame(item, page, nth);
    }

    private void AddEntriesOfFrame(int item, ScenarioPage page, int nth)
    {
        cover!.Begin(cover.OwnerOf(page), page.Index + (ulong)nth);
        for (int i = 0; i < page.PresentEntries; i++)
        {
            ScenarioPte given = page.MappedBy > 0 ? default : page.Ptes[i];
            var pte = Pte.Present(new Pfn(firstFrames[item] + nth), given.Write, given.Dirty, given.Young);
            AddEntry(item, nth, page.MappedBy > 0 ? "mappedBy" : "ptes", i, i, given.Vma, given.Address, pte);
        }
        var swap = Pte.Swap(new SwpEntry((ulong)(page.SwapCache + nth)));
        for (int i = 0; i < page.SwapEntries; i++)
        {
            ScenarioSwapPte given = page.SwappedBy > 0 ? default : page.SwapPtes[i];
            AddEntry(item, nth, page.SwappedBy > 0 ? "swappedBy" : "swapPtes", i, page.PresentEntries + i, given.Vma, given.Address, swap);
        }
    }

    // The i-th entry of a list, which is the nth entry of the page.
    private void AddEntry(int item, int nthFrame, string list, int i, int nth, int? vma, ulong? address, Pte pte)
    {
        ScenarioPage page = s.Pages[item];
        ulong index = page.Index + (ulong)nthFrame;
        int number = vma ?? cover!.Nth(nth);
        if (number < 0 || number >= m.Vmas.Count)
        {
            throw vma is null
                ? Wrong(PlaceOf(item, list, i), $"entry {nth} of a page that {cover!.Found} VMAs cover", "a VMA for each entry, or \"vma\"")
                : Dangling(PlaceOf(item, list, i) + ".vma", number, "VMAs", m.Vmas.Count);
        }
        ref VmArea area = ref m.Vmas[number];
        if (address is null && (index < area.Pgoff.Value || index - area.Pgoff.Value >= area.Pages))
            throw Wrong(PlaceOf(item, list, i),
                $"no address for offset {index}, which VMA {number} does not cover", "\"address\", or a VMA that covers the page");
        ulong at = address is { } given ? unchecked(given + ((ulong)nthFrame << Machine.PageShift)) : area.Start + ((index - area.Pgoff.Value) << Machine.PageShift);
        if (!IsInside(area, at))
            throw Outside(PlaceOf(item, list, i) + ".address", at, number);
        if (!s.Illegal)
            CheckVma(item, list, i, index, number, at, pte.IsPresent);
        if (!Set(number, at, pte))
            throw Taken(PlaceOf(item, list, i), at, number);
    }

    private void CheckVma(int item, string list, int i, ulong index, int number, ulong address, bool present)
    {
        ScenarioPage page = s.Pages[item];
        ref VmArea area = ref m.Vmas[number];
        if (!present)
        {
            if (area.AnonVma.IsNone)
                throw Contradiction(PlaceOf(item, list, i) + ".vma",
                    $"a swap entry in VMA {number}, which has no anonymous pages", "a VMA with \"anonVma\"");
            return;
        }
        bool mine = page.File is { } file ? area.File == ScenarioMachine.MappingOf(file) : area.AnonVma.Value == page.AnonVma;
        if (!mine)
            throw Contradiction(PlaceOf(item, list, i) + ".vma",
                $"VMA {number}, which maps something else", $"a VMA of the page's {(page.File is null ? "anon_vma" : "file")}");
        bool linear = !area.Has(VmFlags.Nonlinear) || page.File is null;
        if (linear && area.LinearPageIndex(address).Value != index)
            throw Contradiction(PlaceOf(item, list, i) + ".address",
                $"0x{address:x}, where VMA {number} has offset {area.LinearPageIndex(address)}", $"the address of offset {index}");
    }

    private static bool IsInside(in VmArea area, ulong address) =>
        address >= area.Start && address < area.End && address % Machine.PageSize == 0;

    // Writes an entry and counts it; false when a consistent machine has one there already.
    private bool Set(int vma, ulong address, Pte pte)
    {
        MmId mm = m.Vmas[vma].Mm;
        Pte old = PageTables.Get(m, mm, address);
        if (!old.IsNone)
        {
            if (!s.Illegal)
                return false;
            Count(mm, old, -1);
        }
        PageTables.Set(m, mm, address, pte);
        Count(mm, pte, 1);
        if (m.Slots.Count > ScenarioLimits.NodeSlots || m.Ptes.Count > ScenarioLimits.LeafEntries)
            throw TooSparse("$.pages");
        return true;
    }

    private void Count(MmId mm, Pte pte, int by)
    {
        if (pte.IsSwap)
        {
            swappedProcesses[mm.Value] |= by > 0;
            UseSlot((int)pte.SwapEntry.Value, by);
        }
        else if (pte.IsPresent && m.Pages[pte.Page.Value].IsAnon)
        {
            m.Mms[mm.Value].AnonRss += by;
        }
        else if (pte.IsPresent)
        {
            m.Mms[mm.Value].FileRss += by;
        }
    }

    private static string PlaceOf(int item, string list, int i) =>
        list == "mappedBy" ? $"$.pages[{item}].mappedBy" : list == "swappedBy" ? $"$.pages[{item}].swapPtes" : $"$.pages[{item}].{list}[{i}]";

    private ScenarioException Outside(string place, ulong address, int vma) =>
        Wrong(place, $"0x{address:x}", $"a multiple of 4096 in VMA {vma}, from 0x{m.Vmas[vma].Start:x} to 0x{m.Vmas[vma].End - 1:x}");

    private ScenarioException Taken(string place, ulong address, int vma) =>
        Contradiction(place, $"address 0x{address:x} of process {m.Vmas[vma].Mm.Value}, which has an entry already", "another address");
}
