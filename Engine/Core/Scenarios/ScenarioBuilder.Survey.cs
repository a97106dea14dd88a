namespace MigrationConformance.Core;

// The first look at a scenario: how many of everything there are, before anything is allocated.
public sealed partial class ScenarioBuilder
{
    private int frames, files, anonVmas, processes, slots, entries;
    private int highestFile = -1, highestAnonVma = -1, highestProcess = -1, highestSlot;

    // The most entries that one page asks for: the number of processes that are made when there are no VMAs.
    private int entriesOfPage;

    // For each file and anon_vma the highest offset that a page names, plus 1; 0 when no page names it.
    private ulong[] fileEnds = [], anonVmaEnds = [];

    // Whether the pages of from are isolated by the run, or by the call.
    private bool isolates;

    private void Survey()
    {
        SurveyPages();
        SurveyVmas();
        SurveyFiles();
        SurveyLocks();
        SurveyCall();
        foreach (ScenarioSlotUse use in s.Swap.Map)
            Highest(ref highestSlot, use.Slot);
        foreach (ScenarioSlotContents stored in s.Swap.Contents)
            Highest(ref highestSlot, stored.Slot);
        files = Number("$.files", "files", s.Files?.Count, highestFile + 1, ScenarioLimits.Owners);
        anonVmas = Number("$.anonVmas", "anon_vmas", null, highestAnonVma + 1, ScenarioLimits.Owners);
        int needed = Math.Max(highestProcess + 1, s.Vmas is null ? entriesOfPage : 0);
        processes = Number("$.processes", "processes", s.Processes?.Count, needed, ScenarioLimits.Owners);
        slots = s.Swap.Slots ?? Math.Max(0, highestSlot) + frames;
        CheckRange("$.swap.slots", slots, 0, s.Swap.Slots is null ? int.MaxValue : ScenarioLimits.SwapSlots);
        FindEnds();
    }

    private static int Number(string place, string things, int? given, int needed, int most)
    {
        int number = given ?? needed;
        if (number > most)
            throw Wrong(place, $"{number} {things}", $"at most {most}");
        return number;
    }

    private void SurveyPages()
    {
        long allFrames = 0, allEntries = 0, allBuffers = 0, allHolds = 0;
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            if (page.Repeat < 1)
                throw Wrong($"$.pages[{item}].repeat", $"{page.Repeat}", "1 or more");
            Highest(ref highestFile, page.File ?? -1);
            Highest(ref highestAnonVma, page.AnonVma ?? -1);
            if (page.Raw?.Mapping is { } mapping)
            {
                Highest(ref highestFile, mapping.File ?? -1);
                Highest(ref highestAnonVma, mapping.AnonVma ?? -1);
            }
            if (page.SwapCache != 0)
                Highest(ref highestSlot, LastSlot(item, page));
            int asked = Entries(item, page);
            Highest(ref entriesOfPage, asked);
            allFrames = Add(item, "frames", allFrames, page.Repeat, 1, ScenarioLimits.Frames);
            allEntries = Add(item, "page table entries", allEntries, page.Repeat, asked, ScenarioLimits.Entries);
            allBuffers = Add(item, "buffers", allBuffers, page.Repeat, page.Buffers.Count, ScenarioLimits.Buffers);
            if (Holds(page) > ScenarioLimits.HoldsOfPage)
                throw Wrong($"$.pages[{item}]", $"{Holds(page)} holds of others", $"at most {ScenarioLimits.HoldsOfPage} of one page");
            allHolds = Add(item, "holds of others", allHolds, page.Repeat, Holds(page), ScenarioLimits.Holds);
        }
        frames = (int)allFrames;
        entries = (int)allEntries;
    }

    private static int Entries(int item, ScenarioPage page)
    {
        CheckEntries(item, "mappedBy", page.MappedBy);
        CheckEntries(item, "swapPtes", page.SwappedBy);
        return page.PresentEntries + page.SwapEntries;
    }

    private static void CheckEntries(int item, string name, int number)
    {
        if (number is < 0 or > ScenarioLimits.Owners)
            throw Wrong($"$.pages[{item}].{name}", $"{number}", $"a number from 0 to {ScenarioLimits.Owners}");
    }

    private static long Holds(ScenarioPage page)
    {
        long holds = page.References.Count + (page.Locked is null ? 0 : 1) + (page.Writeback is null ? 0 : 1);
        foreach (ScenarioBuffer buffer in page.Buffers)
            holds += buffer.Users.Count + (buffer.Locked is null ? 0 : 1);
        return holds;
    }

    private static int LastSlot(int item, ScenarioPage page)
    {
        long last = page.SwapCache + (long)page.Repeat - 1;
        if (page.SwapCache < 1 || last > ScenarioLimits.SwapSlots)
            throw Wrong($"$.pages[{item}].swapCache", page.Repeat == 1 ? $"{page.SwapCache}" : $"{page.SwapCache} and {page.Repeat - 1} after it",
                $"slots from 1 to {ScenarioLimits.SwapSlots}");
        return (int)last;
    }

    private static long Add(int item, string things, long sum, int repeat, long each, int most)
    {
        sum += repeat * each;
        if (sum > most)
            throw Wrong($"$.pages[{item}]", $"{sum} {things} up to here", $"at most {most}");
        return sum;
    }

    private void SurveyVmas()
    {
        if (s.Vmas is not { } vmas)
            return;
        if (vmas.Count > ScenarioLimits.Vmas)
            throw Wrong("$.vmas", $"{vmas.Count} VMAs", $"at most {ScenarioLimits.Vmas}");
        foreach (ScenarioVma vma in vmas)
        {
            Highest(ref highestProcess, vma.Process);
            Highest(ref highestFile, vma.File ?? -1);
            Highest(ref highestAnonVma, vma.AnonVma ?? -1);
            foreach (ScenarioEntry entry in vma.Entries)
                Highest(ref highestSlot, entry.Slot);
        }
    }

    private void SurveyFiles()
    {
        if (s.Files is not { } given)
            return;
        foreach (ScenarioFile file in given)
        {
            foreach (ScenarioSwapped swapped in file.Swapped)
                Highest(ref highestSlot, swapped.Slot);
        }
    }

    private void SurveyLocks()
    {
        foreach (ScenarioLock held in s.Locks)
        {
            if (held.Kind is ScenarioLockKind.Tree or ScenarioLockKind.Immap or ScenarioLockKind.Private)
                Highest(ref highestFile, held.Number);
            else if (held.Kind == ScenarioLockKind.AnonVma)
                Highest(ref highestAnonVma, held.Number);
            else if (held.Kind is ScenarioLockKind.PageTable or ScenarioLockKind.MmapSem)
                Highest(ref highestProcess, held.Number);
        }
    }

    private void FindEnds()
    {
        fileEnds = new ulong[files];
        anonVmaEnds = new ulong[anonVmas];
        ReadOnlySpan<ScenarioPage> pages = s.Pages.AsSpan();
        for (int item = 0; item < pages.Length; item++)
        {
            ScenarioPage page = pages[item];
            ulong more = (ulong)page.Repeat - 1;
            if (page.Index > ulong.MaxValue - more)
                throw Wrong($"$.pages[{item}].index", $"{page.Index} and {more} after it", $"at most {ulong.MaxValue}");
            ulong end = page.Index + more == ulong.MaxValue ? ulong.MaxValue : page.Index + more + 1;
            if (page.File is { } file)
            {
                if (file >= files)
                    throw Dangling($"$.pages[{item}].file", file, "files", files);
                fileEnds[file] = Math.Max(fileEnds[file], end);
            }
            if (page.AnonVma is { } anonVma)
                anonVmaEnds[anonVma] = Math.Max(anonVmaEnds[anonVma], end);
        }
    }

    private static void Highest(ref int highest, int number)
    {
        if (number > highest)
            highest = number;
    }
}
