using MigrationConformance.Core;
using Step = MigrationConformance.Core.MigrationStep;

namespace MigrationConformance.Properties;

// migratepage methods and buffer_migrate_page, at the levels where they exist.
public static partial class DefectList
{
    private static Defect[] Methods =>
    [
        At("D13", "nobody sleeps under a spin lock", Stages.MovesBuffers, Step.LockBuffers, (b, m, ref t) => m.Mappings[t.Mapping.Value].PrivateLock = 1),
        At("D50", "PAGE-MAPPING", Stages.Refuses, Step.CheckPageMapping, (b, m, ref t) => (t.Step, t.NrRefs) = ((int)Step.CheckReferences, 2)),
        At("M155", "METHOD", Stages.MovesBuffers, Step.Migratepage, (b, m, ref t) => t.NrRefs = 2),
        At("M157", "buffers belong to their page", Stages.MovesBuffers, Step.SetBufferPages, (b, m, ref t) => m.Buffers[b.Tasks[0].Local0 - 1].Page = t.Page),
        At("M159", "buffer counts are their users", Stages.MovesBuffers, Step.LockBuffers, (b, m, ref t) => (t.Step, t.Local0) = ((int)Step.MoveBuffers, 0)),
        At("M161", "buffer locks have owners", Stages.MovesBuffers, Step.UnlockBuffers, (b, m, ref t) => m.Buffers[b.Tasks[0].Local0 - 1].State |= BufferFlags.Lock),
        At("M163", "METHOD", Stages.Refuses, Step.Migratepage, (b, m, ref t) => t.Rc = Again),
        At("H40", "UNMAP-FIRST", Stages.Unmapped, Step.UnmapBeforeWriting, (b, m, ref t) => Old(m, t).Set(PageFlags.Referenced)),
        At("H41", "WRITE-UNMAPPED", Stages.Unmapped, Step.CheckUnmappedBeforeWriting, (b, m, ref t) => (t.Step, t.NrRefs) = ((int)Step.CheckReferences, 2)),
        At("H20", "BUFFER-LOCKED", Stages.MovesBuffers, Step.LockBuffers, (b, m, ref t) =>
        {
            for (int row = 0; row < m.Buffers.Count; row++)
                (m.Buffers[row].State, m.Buffers[row].Count) = (m.Buffers[row].State | BufferFlags.Lock, 1);
            (t.Step, t.Local0) = ((int)Step.MoveBuffers, 0);
        }),
        At("H21", "BUFFERS-MOVE", Stages.MovesBuffers, Step.MoveBuffers, (b, m, ref t) =>
        {
            t.Local0 = m.Buffers[t.Local0 - 1].ThisPage.Value + 1;
            New(m, t).Private = (ulong)t.Local0;
        }),
        At("H22", "BUFFER-SET", Stages.MovesBuffers, Step.SetBufferPages, (b, m, ref t) =>
        {
            foreach (ref BufferHead buffer in m.Buffers.Rows)
                buffer.Page = t.Newpage;
            (t.Step, t.Local0) = ((int)Step.SetPagePrivate, 0);
        }),
        At("H23", "BUFFERS-SET", Stages.MovesBuffers, Step.SetPagePrivate, (b, m, ref t) => t.Step = (int)Step.TransferDirty),
        At("H24", "BUFFER-UNLOCKED", Stages.MovesBuffers, Step.UnlockBuffers, (b, m, ref t) =>
        {
            foreach (ref BufferHead buffer in m.Buffers.Rows)
                (buffer.State, buffer.Count) = (buffer.State & ~BufferFlags.Lock, 0);
            (t.Step, t.Local0) = ((int)Step.DropLocks, 0);
        }),
    ];
}
