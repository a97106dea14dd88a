namespace MigrationConformance.Properties;

/// <summary>Ties a property to the documented steps and the kernel functions, by their names there, that it exercises. Specs/TRACEABILITY.md is written from it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ExercisesAttribute(params string[] what) : Attribute
{
    public string[] What { get; } = what;
}
