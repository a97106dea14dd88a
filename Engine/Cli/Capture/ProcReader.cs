using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MigrationConformance.Cli;

/// <summary>Reads what a Linux kernel shows of the memory of processes. It judges nothing: <see cref="CaptureBuilder"/> does.</summary>
/// <remarks>Only page tables, flags and counts are read, never the contents of a page.</remarks>
internal sealed class ProcReader
{
    private const int PageShift = 12;
    private const ulong AddressLimit = 1UL << 47;

    // KPF_NOPAGE, for frames beyond the end of the file: they have no struct page.
    private const ulong NoPage = 1UL << 20;

    private readonly string root;
    private readonly ulong[] words = new ulong[1 << 16];

    /// <summary>Makes a reader.</summary>
    /// <param name="root">The folder to read; another one than /proc in tests.</param>
    public ProcReader(string root = "/proc") => this.root = root;

    /// <summary>Told about progress: what is being read, and the part of it that is done, 0 to 1.</summary>
    public Action<string, double> Progress { get; init; } = (_, _) => { };

    /// <summary>Why the memory of this machine cannot be read.</summary>
    /// <returns>One sentence, or null when it can.</returns>
    public string? WhyNot()
    {
        if (root == "/proc" && !OperatingSystem.IsLinux())
            return "a capture reads the /proc of a running Linux machine, and this is another system";
        if (!BitConverter.IsLittleEndian || (root == "/proc" && Environment.SystemPageSize != 1 << PageShift))
            return "a capture reads machines with pages of 4096 bytes and the low byte first, and this is another one";
        foreach (string name in (string[])["kpageflags", "kpagecount"])
        {
            string path = Path.Combine(root, name);
            try
            {
                using SafeFileHandle file = File.OpenHandle(path);
            }
            catch (UnauthorizedAccessException)
            {
                return $"{path} cannot be read without root (CAP_SYS_ADMIN)";
            }
            catch (IOException)
            {
                return $"{path} does not exist here; a kernel has it when built with CONFIG_PROC_PAGE_MONITOR";
            }
        }
        return null;
    }

    /// <summary>Whether there is a process of a number.</summary>
    /// <param name="pid">The number.</param>
    /// <returns>True when there is one now.</returns>
    public bool Exists(int pid) => Directory.Exists(Folder(pid));

    /// <summary>All processes of the machine.</summary>
    /// <returns>Their numbers, ascending.</returns>
    public List<int> Pids()
    {
        List<int> pids = [];
        foreach (string folder in Directory.EnumerateDirectories(root))
        {
            if (int.TryParse(Path.GetFileName(folder), System.Globalization.NumberStyles.None, null, out int pid))
                pids.Add(pid);
        }
        pids.Sort();
        return pids;
    }

    /// <summary>Reads processes and the frames that they map.</summary>
    /// <param name="pids">The processes, in this order.</param>
    /// <param name="self">The capturing process, whose own entries are not to count as somebody's; or −1.</param>
    /// <param name="names">Whether to read the names of processes.</param>
    /// <returns>All that was read. Processes that could not be read are in <see cref="RawCapture.Unread"/>.</returns>
    public RawCapture Read(IReadOnlyList<int> pids, int self, bool names)
    {
        RawCapture raw = new() { KernelVersion = KernelVersion() };
        int done = 0;
        foreach (int pid in pids)
        {
            Progress("reading page tables", (double)done++ / pids.Count);
            if (pid != self && ReadProcess(pid, raw, names) is { } why)
                raw.Unread.Add((pid, why));
        }
        ReadFrames(raw);
        if (self >= 0 && !raw.Processes.Exists(process => process.Pid == self))
            CountOwnEntries(self, raw);
        return raw;
    }

    // Returns why the process is left out, or null. A process without memory of its own (a kernel thread, or one
    // that has ended and was not waited for) has no mappings, and is a process of the capture only when it has.
    private string? ReadProcess(int pid, RawCapture raw, bool names)
    {
        int firstVma = raw.Vmas.Count, firstEntry = raw.Entries.Count;
        string? why;
        try
        {
            string? name = names ? $"{File.ReadAllText(Path.Combine(Folder(pid), "comm")).TrimEnd('\n')} ({pid})" : null;
            why = ReadVmas(pid, raw) ?? ReadPagemap(pid, raw, firstVma);
            if (why is null && raw.Vmas.Count > firstVma)
                raw.Processes.Add(new RawProcess(pid, name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = Why(pid, e);
        }
        if (why is null)
            return null;
        raw.Vmas.RemoveRange(firstVma, raw.Vmas.Count - firstVma);
        raw.Entries.Truncate(firstEntry);
        return why;
    }

    // errno 3 is ESRCH, which the kernel answers for a process that has just ended.
    private string Why(int pid, Exception e) =>
        !Exists(pid) || e.HResult == 3 ? "it has ended meanwhile"
        : e is UnauthorizedAccessException ? "permission denied"
        : "its files cannot be read";

    private string? ReadVmas(int pid, RawCapture raw)
    {
        int first = raw.Vmas.Count;
        string smaps = Path.Combine(Folder(pid), "smaps");
        byte[] text = File.ReadAllBytes(File.Exists(smaps) ? smaps : Path.Combine(Folder(pid), "maps"));
        if (!MapsParser.TryParse(text, raw.Vmas))
            return "its list of mappings cannot be understood";
        for (int vma = first; vma < raw.Vmas.Count; vma++)
            raw.Vmas[vma].Process = raw.Processes.Count;
        return raw.Vmas.Count > RawEntry.MaxVmas ? "there are too many mappings" : null;
    }

    private string? ReadPagemap(int pid, RawCapture raw, int firstVma)
    {
        if (raw.Vmas.Count == firstVma)
            return null;
        using SafeFileHandle pagemap = File.OpenHandle(Path.Combine(Folder(pid), "pagemap"));
        for (int vma = firstVma; vma < raw.Vmas.Count; vma++)
        {
            RawVma mapping = raw.Vmas[vma];
            mapping.FirstEntry = raw.Entries.Count;
            if (!ReadPagemap(pagemap, raw, mapping, vma))
                return Exists(pid) ? "its page table ends too early" : "it has ended meanwhile";
            mapping.EntryCount = raw.Entries.Count - mapping.FirstEntry;
        }
        return null;
    }

    private bool ReadPagemap(SafeFileHandle pagemap, RawCapture raw, RawVma mapping, int number)
    {
        if (mapping.Has(RawVmaFlags.Empty) || mapping.End > AddressLimit)
            return true;
        ulong end = mapping.End >> PageShift;
        for (ulong page = mapping.Start >> PageShift; page < end; page += (ulong)words.Length)
        {
            int wanted = (int)Math.Min(end - page, (ulong)words.Length);
            if (Fill(pagemap, page, wanted) != wanted)
                return false;
            for (int at = 0; at < wanted; at++)
            {
                if (RawEntry.IsUsed(words[at]))
                    raw.Entries.Add(RawEntry.At(words[at], number, page + (ulong)at));
            }
        }
        return true;
    }

    // The frames of all entries, then their flags and map counts, in the order of the frames.
    private void ReadFrames(RawCapture raw)
    {
        for (int at = 0; at < raw.Entries.Count; at++)
        {
            if (raw.Entries[at].IsPresent)
                raw.Frames.Add(raw.Entries[at].Pfn);
        }
        ulong[] chunks = raw.Frames.Rank();
        raw.FrameFlags = new ulong[raw.Frames.Count];
        raw.FrameMapcounts = new int[raw.Frames.Count];
        using SafeFileHandle flags = File.OpenHandle(Path.Combine(root, "kpageflags"));
        using SafeFileHandle counts = File.OpenHandle(Path.Combine(root, "kpagecount"));
        int rank = 0;
        for (int chunk = 0; chunk < chunks.Length; chunk++)
        {
            Progress("reading page flags", (double)chunk / chunks.Length);
            int read = Fill(flags, chunks[chunk], SparseSet.ChunkLength);
            int next = ForMembers(raw, chunks[chunk], rank, (to, at) => raw.FrameFlags[to] = at < read ? words[at] : NoPage);
            read = Fill(counts, chunks[chunk], SparseSet.ChunkLength);
            ForMembers(raw, chunks[chunk], rank, (to, at) => raw.FrameMapcounts[to] = at < read ? Narrow(words[at]) : 0);
            rank = next;
        }
    }

    // Calls for each frame of a chunk with its rank and its place in the chunk.
    private static int ForMembers(RawCapture raw, ulong first, int rank, Action<int, int> take)
    {
        for (int at = 0; at < SparseSet.ChunkLength && rank < raw.Frames.Count; at++)
        {
            if (raw.Frames.RankOf(first + (ulong)at) == rank)
                take(rank++, at);
        }
        return rank;
    }

    private static int Narrow(ulong mapcount) => (int)Math.Min(mapcount, int.MaxValue);

    private void CountOwnEntries(int self, RawCapture raw)
    {
        RawCapture own = new();
        if (ReadProcess(self, own, names: false) is not null)
            return;
        raw.OwnEntries = new int[raw.Frames.Count];
        for (int at = 0; at < own.Entries.Count; at++)
        {
            if (own.Entries[at].IsPresent && raw.Frames.RankOf(own.Entries[at].Pfn) is >= 0 and int rank)
                raw.OwnEntries[rank]++;
        }
    }

    // Reads words from a position in words; the number that was read is smaller only at the end of the file.
    private int Fill(SafeFileHandle file, ulong position, int wanted)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(words.AsSpan(0, wanted));
        int read = 0;
        while (read < bytes.Length)
        {
            int more = RandomAccess.Read(file, bytes[read..], (long)(position * 8) + read);
            if (more <= 0)
                break;
            read += more;
        }
        return read / 8;
    }

    private string KernelVersion()
    {
        string path = Path.Combine(root, "sys/kernel/osrelease");
        if (!File.Exists(path))
            return "";
        // Only the numbers: what distributions append can name a machine.
        string release = File.ReadAllText(path);
        int end = release.AsSpan().IndexOfAnyExcept("0123456789.");
        return (end < 0 ? release : release[..end]).TrimEnd('.');
    }

    private string Folder(int pid) => Path.Combine(root, pid.ToString());
}
