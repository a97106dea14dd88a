namespace MigrationConformance.Core;

// What is wrong with one item of pages, seen by itself.
public sealed partial class ScenarioBuilder
{
    private const PageFlags StaleFlags = PageFlags.Arch1 | PageFlags.Nosave | PageFlags.NosaveFree | PageFlags.Uncached;

    private void CheckPage(int item, ScenarioPage page)
    {
        if (page.Zone < 0 || page.Zone >= s.Zones)
            throw Dangling($"$.pages[{item}].zone", page.Zone, "zones", s.Zones);
        if (page.Cpu < 0 || page.Cpu >= s.Cpus)
            throw Dangling($"$.pages[{item}].cpu", page.Cpu, "CPUs", s.Cpus);
        if (page.Flags is { } flags && (flags & ~(PageFlags.All & ~ScenarioPage.ComputedFlags)) != 0)
            throw Wrong($"$.pages[{item}].flags",
                $"{flags & ~(PageFlags.All & ~ScenarioPage.ComputedFlags)}", "only flags that do not follow from other members");
        if (page.SwapCache != 0 && page.SwapCache + (page.Repeat - 1) > slots)
            throw Dangling($"$.pages[{item}].swapCache", page.SwapCache + (page.Repeat - 1));
        CheckUntils(item, page);
        CheckCombinations(item, page);
        if (page.Raw is not null)
            CheckRaw(item, page, page.Raw);
        if (!s.Illegal)
            CheckOwner(item, page);
    }

    private ScenarioException Dangling(string place, long slot) =>
        Wrong(place, $"slot {slot}", slots == 0 ? "no slot, since the swap device has none" : $"one of the slots, 1 to {slots}");

    private static void CheckUntils(int item, ScenarioPage page)
    {
        if (page.Locked is { } locked && !IsUntil(locked))
            throw WrongUntil($"$.pages[{item}].locked", locked);
        if (page.Writeback is { } writeback && !IsUntil(writeback.Until))
            throw WrongUntil($"$.pages[{item}].writeback", writeback.Until);
        for (int i = 0; i < page.References.Count; i++)
        {
            if (!IsUntil(page.References[i]))
                throw WrongUntil($"$.pages[{item}].references[{i}]", page.References[i]);
        }
        for (int i = 0; i < page.Buffers.Count; i++)
        {
            ScenarioBuffer buffer = page.Buffers[i];
            if (buffer.Locked is { } until && !IsUntil(until))
                throw WrongUntil($"$.pages[{item}].buffers[{i}].locked", until);
            for (int user = 0; user < buffer.Users.Count; user++)
            {
                if (!IsUntil(buffer.Users[user]))
                    throw WrongUntil($"$.pages[{item}].buffers[{i}].users[{user}]", buffer.Users[user]);
            }
        }
    }

    // What has no meaning, whether states may contradict each other or not.
    private static void CheckCombinations(int item, ScenarioPage page)
    {
        if (page.File is not null && page.AnonVma is not null)
            throw Wrong($"$.pages[{item}]", "both \"file\" and \"anonVma\"", "at most one of them");
        if (page.MappedBy > 0 && page.Ptes.Count > 0)
            throw Wrong($"$.pages[{item}]", "both \"mappedBy\" and \"ptes\"", "at most one of them");
        if (page.SwappedBy > 0 && page.SwapPtes.Count > 0)
            throw Wrong($"$.pages[{item}]", "swap entries by number and by list", "at most one of them");
        if (page.SwapEntries > 0 && page.SwapCache == 0)
            throw Wrong($"$.pages[{item}].swapPtes", "swap entries for a page without a slot", "\"swapCache\" beside it");
        if (page.DirtyTag is not null && page.File is null && page.SwapCache == 0)
            throw Wrong($"$.pages[{item}].dirtyTag", "a tag for a page that is in no tree", "\"file\" or \"swapCache\" beside it");
        if (page.Buffers.Count > ScenarioLimits.BuffersOfPage)
            throw Wrong($"$.pages[{item}].buffers", $"{page.Buffers.Count} buffers", $"at most {ScenarioLimits.BuffersOfPage}");
    }

    private void CheckOwner(int item, ScenarioPage page)
    {
        if (page.File is not null && page.SwapCache != 0)
            throw Contradiction($"$.pages[{item}]", "both \"file\" and \"swapCache\"", "at most one of them");
        if (page.PresentEntries > 0 && page.File is null && page.AnonVma is null)
            throw Contradiction($"$.pages[{item}]", "page table entries of a page without owner", "\"file\" or \"anonVma\"");
        if (page.Buffers.Count == 0)
            return;
        if (page.AnonVma is not null || page.SwapCache != 0)
            throw Contradiction($"$.pages[{item}].buffers", "buffers of a page that is not a file's", "no buffers");
        if (page.File is { } file && m.Mappings[file + 1].Kind == MappingKind.Tmpfs)
            throw Contradiction($"$.pages[{item}].buffers", "buffers of a tmpfs page", "no buffers");
    }

    private void CheckRaw(int item, ScenarioPage page, ScenarioRawPage raw)
    {
        if (!s.Illegal)
        {
            string name = raw.Count is not null ? "count" : raw.Mapcount is not null ? "mapcount" : raw.Private is not null ? "private" : "mapping";
            throw Wrong($"$.pages[{item}].{name}", "a raw value", "\"illegal\": true");
        }
        if (raw.Private is { } value && page.SwapCache != 0 && value > (ulong)slots)
            throw Wrong($"$.pages[{item}].private", $"{value}", $"a slot, 0 to {slots}");
    }

    private void CheckRawMapping(int item, ScenarioMapping mapping)
    {
        if (mapping.File is not null && mapping.AnonVma is not null)
            throw Wrong($"$.pages[{item}].mapping", "both \"file\" and \"anonVma\"", "at most one of them");
        if (mapping.File is { } file && (file < 0 || file >= files))
            throw Dangling($"$.pages[{item}].mapping.file", file, "files", files);
        if (mapping.AnonVma is < 0)
            throw Wrong($"$.pages[{item}].mapping.anonVma", $"{mapping.AnonVma}", "0 or more");
    }

    private void CheckPlace(int item, ScenarioPage page, PagePlace place)
    {
        if (s.Illegal)
            return;
        bool used = page.HasOwner || page.PresentEntries > 0 || page.Buffers.Count > 0 || page.References.Count > 0
            || page.Locked is not null || page.Writeback is not null;
        if (place is PagePlace.New or PagePlace.Free && used)
            throw Contradiction($"$.pages[{item}]", $"a page that is \"{Names.Places.Words[(int)place]}\" and in use", "another \"list\"");
        if (place == PagePlace.New && ((page.Flags ?? 0) & ~StaleFlags) != 0)
            throw Contradiction($"$.pages[{item}].flags", "flags of a new page", "none");
        if (place is PagePlace.LruAdd or PagePlace.LruAddActive && ((page.Flags ?? 0) & PageFlags.Active) != 0)
            throw Contradiction($"$.pages[{item}].flags",
                $"\"active\" for a page in \"{Names.Places.Words[(int)place]}\"", "no \"active\", which the drain sets");
        if (place == PagePlace.Lru && CountOf(page, place) == 0)
            throw Contradiction($"$.pages[{item}]", "a page on the LRU that nobody holds", "an owner or \"references\"");
    }
}
