namespace MigrationConformance.Core;

/// <summary>The swap device of a scenario.</summary>
public sealed record ScenarioSwap
{
    /// <summary>The device that a scenario has when it says nothing about it.</summary>
    public static ScenarioSwap Default { get; } = new();

    /// <summary>Usable slots, numbered from 1, or null for the highest slot named + the number of frames of <c>pages</c>.</summary>
    public int? Slots { get; init; }

    /// <summary>False: no slot is handed out (SWP_WRITEOK is clear).</summary>
    public bool Writable { get; init; } = true;

    /// <summary>How the device answers a write.</summary>
    public SwapWriteMode Write { get; init; } = SwapWriteMode.Asynchronous;

    /// <summary>When the writes that the run submits complete: a pass, <see cref="Until.Waited"/> or <see cref="Until.Never"/>.</summary>
    public int Completes { get; init; } = Until.Waited;

    /// <summary>True: nothing can be added to the swap cache.</summary>
    public bool RadixPreloadFails { get; init; }

    /// <summary>Users of slots beside the ones the machine shows, bad slots, and raw values.</summary>
    public ValueList<ScenarioSlotUse> Map { get; init; } = [];

    /// <summary>What the device holds, where that is not the default.</summary>
    public ValueList<ScenarioSlotContents> Contents { get; init; } = [];
}

/// <summary>What is said about the swap_map value of one slot: exactly one of the three members but the slot.</summary>
/// <param name="Slot">The slot, from 1.</param>
/// <param name="Users">Users beside the ones that the machine shows, 0 to 32767.</param>
/// <param name="Bad">Whether the slot cannot be used.</param>
/// <param name="Count">With <see cref="Scenario.Illegal"/>: the raw value, 0 to 65535.</param>
public readonly record struct ScenarioSlotUse(int Slot, int Users = 0, bool Bad = false, int? Count = null);

/// <summary>What the swap device holds in one slot.</summary>
/// <param name="Slot">The slot, from 1.</param>
/// <param name="Contents">What it holds.</param>
public readonly record struct ScenarioSlotContents(int Slot, ulong Contents);
