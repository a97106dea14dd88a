namespace MigrationConformance.Properties.Naive;

/// <summary>The member machine: processes, swap and files.</summary>
internal sealed partial class Rendering
{
    private void Process(Mm mm)
    {
        _json.WriteStartObject();
        _json.WriteNumber("process", mm.Number);
        _json.WriteNumber("anonRss", mm.AnonRss);
        _json.WriteNumber("fileRss", mm.FileRss);
        _json.WriteNumber("hiwaterRss", mm.HiwaterRss);
        Array("entries", mm.Entries, entry =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("address", entry.Key);
            switch (entry.Value.Kind)
            {
                case PteKind.Present:
                    _json.WriteNumber("page", entry.Value.Page!.Number);
                    _json.WriteBoolean("young", entry.Value.Young);
                    _json.WriteBoolean("dirty", entry.Value.Dirty);
                    _json.WriteBoolean("write", entry.Value.Write);
                    break;
                case PteKind.Swap:
                    _json.WriteNumber("slot", entry.Value.Value);
                    break;
                case PteKind.File:
                    _json.WriteNumber("fileOffset", entry.Value.Value);
                    break;
            }

            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }

    private void Swap()
    {
        _json.WriteStartObject("swap");
        _json.WriteNumber("free", _world.Slots.Skip(1).Count(slot => slot.Count == 0));
        _json.WriteStartArray("slots");
        for (int number = 1; number < _world.Slots.Count; number++)
        {
            SwapSlot slot = _world.Slots[number];
            if (slot.Count != 0 || slot.Contents != 0)
            {
                _json.WriteStartObject();
                _json.WriteNumber("slot", number);
                _json.WriteNumber("count", slot.Count);
                _json.WriteNumber("contents", slot.Contents);
                _json.WriteEndObject();
            }
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void File(Mapping file)
    {
        _json.WriteStartObject();
        _json.WriteNumber("file", file.Number);
        _json.WriteStartArray("flags");
        if (file.Eio)
        {
            _json.WriteStringValue("eio");
        }

        if (file.Enospc)
        {
            _json.WriteStringValue("enospc");
        }

        if (file.InodeDirty)
        {
            _json.WriteStringValue("inodeDirty");
        }

        _json.WriteEndArray();
        _json.WriteNumber("truncateCount", file.TruncateCount);
        _json.WriteBoolean("onShmemSwaplist", file.OnShmemSwaplist);
        Array("blocks", file.Blocks.Where(block => block.Value != 0), block =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", block.Key);
            _json.WriteNumber("contents", block.Value);
            _json.WriteEndObject();
        });
        Array("swapped", file.Swapped, swapped =>
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", swapped.Key);
            _json.WriteNumber("slot", swapped.Value);
            _json.WriteEndObject();
        });
        _json.WriteEndObject();
    }
}
