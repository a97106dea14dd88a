namespace MigrationConformance.Core;

// VMAs and the entries that stand at them.
internal ref partial struct ScenarioParser
{
    private ScenarioVma ReadVma()
    {
        int process = 0;
        int? file = null, anonVma = null;
        ulong start = 0, pages = 0, pgoff = 0, cursor = 0;
        VmFlags flags = ScenarioVma.DefaultFlags;
        ValueList<ScenarioEntry> entries = [];
        ulong seen = 0;
        BeginObject();
        while (NextMember(Names.Vma, ref seen) is { } name)
        {
            switch (name)
            {
                case "process": process = ReadOwner(); break;
                case "start": start = ReadAddress(); break;
                case "pages": pages = ReadNumber(1, ScenarioLimits.AddressEnd >> Machine.PageShift); break;
                case "file": file = ReadOwner(); break;
                case "anonVma": anonVma = ReadOwner(); break;
                case "pgoff": pgoff = ReadULong(); break;
                case "flags": flags = (VmFlags)ReadBits(Names.VmFlags); break;
                case "cursor": cursor = ReadNumber(0, ScenarioLimits.AddressEnd); break;
                default: entries = ReadList(static (ref ScenarioParser p) => p.ReadEntry()); break;
            }
        }
        Require(Names.Vma, seen, "process");
        Require(Names.Vma, seen, "start");
        Require(Names.Vma, seen, "pages");
        return new ScenarioVma
        {
            Process = process,
            Start = start,
            Pages = pages,
            File = file,
            AnonVma = anonVma,
            Pgoff = pgoff,
            Flags = flags,
            Cursor = cursor,
            Entries = entries,
        };
    }

    // The number of a file, a process or an anon_vma.
    private int ReadOwner() => ReadInt(0, ScenarioLimits.Owners - 1);

    private ulong ReadAddress()
    {
        if (TryReadNumber(out ulong address) && address < ScenarioLimits.AddressEnd && address % Machine.PageSize == 0)
            return address;
        throw Unexpected("an address in bytes, a multiple of 4096 below 2^47");
    }

    private ScenarioEntry ReadEntry()
    {
        ulong address = 0, fileOffset = 0, seen = 0;
        int slot = 0;
        BeginObject();
        while (NextMember(Names.Entry, ref seen) is { } name)
        {
            switch (name)
            {
                case "address": address = ReadAddress(); break;
                case "slot": slot = ReadSlot(); break;
                default: fileOffset = ReadNumber(0, Pte.MaxFileOffset); break;
            }
        }
        Require(Names.Entry, seen, "address");
        if (System.Numerics.BitOperations.PopCount(seen) != 2)
            throw Wrong(seen == 1 ? "neither \"slot\" nor \"fileOffset\"" : "both \"slot\" and \"fileOffset\"", "one of them");
        return new ScenarioEntry(address, slot, fileOffset);
    }
}
