using System.Text;
using System.Text.Json;

namespace MigrationConformance.Core;

/// <summary>The words that a place in a scenario knows: the members of one object, or the values of one member.</summary>
internal sealed class NameTable
{
    private readonly byte[][] utf8;

    /// <summary>Makes a table.</summary>
    /// <param name="words">The words, in order, with a blank between two.</param>
    public NameTable(string words)
    {
        Words = words.Split(' ');
        utf8 = Array.ConvertAll(Words, Encoding.UTF8.GetBytes);
        Encoded = Array.ConvertAll(Words, word => JsonEncodedText.Encode(word));
    }

    /// <summary>The words, in order.</summary>
    public string[] Words { get; }

    /// <summary>The words as a writer takes them.</summary>
    public JsonEncodedText[] Encoded { get; }

    /// <summary>Finds the word that a reader stands at.</summary>
    /// <param name="json">A reader at a member name or a string.</param>
    /// <returns>The position of the word, or −1.</returns>
    public int Find(ref Utf8JsonReader json)
    {
        int length = json.ValueIsEscaped ? 0 : json.ValueSpan.Length;
        for (int i = 0; i < utf8.Length; i++)
        {
            if ((length == 0 || length == utf8[i].Length) && json.ValueTextEquals(utf8[i]))
                return i;
        }
        return -1;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Words.Length == 1 ? $"\"{Words[0]}\"" : $"\"{string.Join("\", \"", Words[..^1])}\" or \"{Words[^1]}\"";
}

/// <summary>The words of the scenario format. Values stand in the order of the enumerations they name.</summary>
internal static class Names
{
    /// <summary>Members of a <see cref="Core.Scenario"/>.</summary>
    public static readonly NameTable Scenario =
        new("title patch illegal fanOut zones cpus swap files processes vmas pages from to before after locks call");

    /// <summary>Members of a <see cref="ScenarioSwap"/>.</summary>
    public static readonly NameTable Swap = new("slots writable write completes radixPreloadFails map contents");

    /// <summary>Members of a <see cref="ScenarioSlotUse"/>.</summary>
    public static readonly NameTable SlotUse = new("slot users bad count");

    /// <summary>Members of a <see cref="ScenarioSlotContents"/>.</summary>
    public static readonly NameTable SlotContents = new("slot contents");

    /// <summary>Members of a <see cref="ScenarioFile"/>.</summary>
    public static readonly NameTable File = new("name kind writepage releasepage migratepage setPageDirty accountsDirty completes size flags "
        + "segmentLocked truncateCount blocks swapped");

    /// <summary>Members of a <see cref="ScenarioBlock"/>.</summary>
    public static readonly NameTable Block = new("index contents");

    /// <summary>Members of a <see cref="ScenarioSwapped"/>.</summary>
    public static readonly NameTable Swapped = new("index slot");

    /// <summary>Members of a <see cref="ScenarioProcess"/>.</summary>
    public static readonly NameTable Process = new("name hiwaterRss onMmlist uid euid suid capSysNice mems");

    /// <summary>The calls, which are the members of a <see cref="ScenarioCall"/>.</summary>
    public static readonly NameTable Call = new("migratePages mbind");

    /// <summary>Members of a <see cref="ScenarioCall"/> to migrate_pages(2).</summary>
    public static readonly NameTable MigratePages = new("process caller from to");

    /// <summary>Members of a <see cref="ScenarioCall"/> to mbind(2).</summary>
    public static readonly NameTable Mbind = new("process start pages policy nodes flags");

    /// <summary>Values of <see cref="MpolMode"/>, from <see cref="MpolMode.Bind"/> on.</summary>
    public static readonly NameTable Policies = new("bind interleave");

    /// <summary>The bits of <see cref="Core.MpolFlags"/>, from bit 0.</summary>
    public static readonly NameTable MpolFlags = new("strict move moveAll");

    /// <summary>Members of a <see cref="ScenarioVma"/>.</summary>
    public static readonly NameTable Vma = new("process start pages file anonVma pgoff flags cursor entries");

    /// <summary>Members of a <see cref="ScenarioEntry"/>.</summary>
    public static readonly NameTable Entry = new("address slot fileOffset");

    /// <summary>Members of a <see cref="ScenarioPage"/>.</summary>
    public static readonly NameTable Page = new("repeat file anonVma index swapCache flags contents zone mappedBy ptes swapPtes buffers "
        + "references locked writeback list cpu dirtyTag count mapcount private mapping");

    /// <summary>Members of a <see cref="ScenarioPte"/>.</summary>
    public static readonly NameTable Pte = new("vma address young dirty write");

    /// <summary>Members of a <see cref="ScenarioSwapPte"/>.</summary>
    public static readonly NameTable SwapPte = new("vma address");

    /// <summary>Members of a <see cref="ScenarioBuffer"/>.</summary>
    public static readonly NameTable Buffer = new("uptodate mapped dirty writeEio associated users locked");

    /// <summary>Members of a <see cref="ScenarioWriteback"/>.</summary>
    public static readonly NameTable Writeback = new("until fails contents");

    /// <summary>Members of a <see cref="ScenarioMapping"/>.</summary>
    public static readonly NameTable Mapping = new("file anonVma");

    /// <summary>Members of a <see cref="ScenarioLock"/>.</summary>
    public static readonly NameTable Lock = new("lock file anonVma process zone");

    /// <summary>Values of <see cref="PatchLevel"/>.</summary>
    public static readonly NameTable Patches = new(PatchSet.Words(" "));

    /// <summary>Values of <see cref="CallerAction"/>.</summary>
    public static readonly NameTable Actions = new("drain isolate putback");

    /// <summary>Values of <see cref="ScenarioLockKind"/>.</summary>
    public static readonly NameTable Locks = new("tree immap private anonVma pageTable mmapSem lru swap mmlist");

    /// <summary>Values of <see cref="SwapWriteMode"/>.</summary>
    public static readonly NameTable SwapWrites = new("asynchronous asynchronousFailing noMemory");

    /// <summary>Values of <see cref="MappingKind"/>, without the first.</summary>
    public static readonly NameTable Kinds = new("regular tmpfs");

    /// <summary>Values of <see cref="WritepageMode"/>.</summary>
    public static readonly NameTable Writepages = new("asynchronous synchronous failing asynchronousFailing activate absent");

    /// <summary>Values of <see cref="ReleasepageMode"/>.</summary>
    public static readonly NameTable Releasepages = new("absent freesBuffers refuses");

    /// <summary>Values of <see cref="MigratepageMode"/>.</summary>
    public static readonly NameTable Migratepages = new("absent migratePage bufferMigratePage failMigratePage");

    /// <summary>Values of setPageDirty; the second one is <see cref="MappingFlags.SetPageDirtyNobuffers"/>.</summary>
    public static readonly NameTable SetPageDirties = new("buffers nobuffers");

    /// <summary>The bits of <see cref="ScenarioFile.Flags"/>: <see cref="FileFlagBits"/>.</summary>
    public static readonly NameTable FileFlags = new("eio enospc inodeDirty");

    /// <summary>The bits that <see cref="FileFlags"/> names.</summary>
    public static readonly MappingFlags[] FileFlagBits = [MappingFlags.AsEio, MappingFlags.AsEnospc, MappingFlags.InodeDirty];

    /// <summary>The bits of <see cref="Core.VmFlags"/>, from bit 0.</summary>
    public static readonly NameTable VmFlags = new("read write shared mayShare locked reserved nonlinear");

    /// <summary>The bits of <see cref="Core.PageFlags"/>, from bit 0.</summary>
    public static readonly NameTable PageFlags = new("locked error referenced uptodate dirty lru active slab checked arch1 reserved private "
        + "writeback nosave compound swapCache mappedToDisk reclaim nosaveFree uncached");

    /// <summary>Values of <see cref="PagePlace"/>.</summary>
    public static readonly NameTable Places = new("isolated lru new lruAdd lruAddActive none free");

    /// <summary>The values of an <see cref="Until"/> that are words: <see cref="Until.Waited"/> and <see cref="Until.Never"/>.</summary>
    public static readonly NameTable Untils = new("waited never");
}
