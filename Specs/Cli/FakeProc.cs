using System.Text;
using MigrationConformance.Core;

namespace MigrationConformance.Cli;

/// <summary>A folder that looks like /proc: processes with their mappings and page tables, and the flags and counts of frames.</summary>
internal sealed class FakeProc : IDisposable
{
    // What an ordinary page of each kind shows.
    public const ulong File = Uptodate | Lru, Anonymous = Uptodate | Lru | Anon | SwapBacked;
    public const ulong Uptodate = 1 << 3, Dirty = 1 << 4, Lru = 1 << 5, Anon = 1 << 12, SwapBacked = 1 << 14;

    private const ulong Present = 1UL << 63, Swapped = 1UL << 62, SoftDirty = 1UL << 55;

    private readonly SortedDictionary<int, ulong> flags = [];
    private readonly SortedDictionary<int, ulong> mapcounts = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("proc").FullName;

    /// <summary>A process with the given lines of maps; its page table is empty.</summary>
    public FakeProc Process(int pid, string name, params string[] maps)
    {
        Directory.CreateDirectory(PathOf(pid, ""));
        System.IO.File.WriteAllText(PathOf(pid, "maps"), string.Concat(maps.Select(line => line + "\n")));
        System.IO.File.WriteAllText(PathOf(pid, "comm"), name + "\n");
        using FileStream pagemap = System.IO.File.Create(PathOf(pid, "pagemap"));
        // Holes of the page table are not zero: they can be marked as soft-dirty.
        for (int page = 0; page < 4096; page++)
            pagemap.Write(BitConverter.GetBytes(SoftDirty));
        return this;
    }

    /// <summary>Frames behind consecutive pages of a process, each mapped once more than before.</summary>
    public FakeProc Map(int pid, ulong address, ulong flagsOfFrame, params int[] frames)
    {
        foreach (int frame in frames)
        {
            Entry(pid, address, Present | (uint)frame);
            flags[frame] = flagsOfFrame;
            mapcounts[frame] = mapcounts.GetValueOrDefault(frame) + 1;
            address += 4096;
        }
        return this;
    }

    /// <summary>A page of a process that is swapped out.</summary>
    public FakeProc Swap(int pid, ulong address, int type, int offset)
    {
        Entry(pid, address, Swapped | ((ulong)(uint)offset << 5) | (uint)type);
        return this;
    }

    /// <summary>More entries for a frame than the processes of this folder have.</summary>
    public FakeProc MappedByOthers(int frame, ulong times)
    {
        mapcounts[frame] += times;
        return this;
    }

    /// <summary>Reads the folder as a scenario.</summary>
    public Captured Capture(bool names = false, int self = -1, int[]? pids = null)
    {
        WriteFrames("kpageflags", flags);
        WriteFrames("kpagecount", mapcounts);
        ProcReader reader = new(Root);
        RawCapture raw = reader.Read(pids ?? [.. reader.Pids()], self, names);
        CaptureDocument document = CaptureBuilder.Build(raw, names);
        using MemoryStream text = new();
        CaptureWriter.Write(document, text);
        // Whatever is captured is a scenario, and a consistent one.
        ScenarioBuilder.Build(ScenarioReader.Read(text.ToArray()));
        return new Captured(document, raw, Encoding.UTF8.GetString(text.ToArray()));
    }

    public string PathOf(int pid, string file) => Path.Combine(Root, $"{pid}", file);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Entry(int pid, ulong address, ulong word)
    {
        using FileStream pagemap = System.IO.File.OpenWrite(PathOf(pid, "pagemap"));
        pagemap.Position = (long)(address >> 12) * 8;
        pagemap.Write(BitConverter.GetBytes(word));
    }

    private void WriteFrames(string name, SortedDictionary<int, ulong> words)
    {
        using FileStream file = System.IO.File.Create(Path.Combine(Root, name));
        foreach ((int frame, ulong word) in words)
        {
            file.Position = frame * 8L;
            file.Write(BitConverter.GetBytes(word));
        }
    }
}

/// <summary>What came of reading a <see cref="FakeProc"/>.</summary>
internal sealed record Captured(CaptureDocument Document, RawCapture Raw, string Json)
{
    /// <summary>The lines of one list, without indentation and commas.</summary>
    public string[] Lines(string list)
    {
        string[] lines = Json.Split('\n');
        int start = Array.FindIndex(lines, line => line.StartsWith($" \"{list}\":[", StringComparison.Ordinal));
        return
        [
            .. lines.Skip(start + 1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
                .Select(line => line.Trim().TrimEnd(',').TrimEnd(']').TrimEnd(',')).Select(Balanced),
        ];
    }

    // The last line of a list carries the list's own bracket.
    private static string Balanced(string line) => line.EndsWith('}') ? line : line + "]";
}
