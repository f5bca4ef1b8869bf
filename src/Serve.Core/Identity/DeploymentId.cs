namespace Serve.Identity;

/// <summary>Names one deployment of one application, written <c>application#deployment</c>.</summary>
/// <param name="Application">The application's name.</param>
/// <param name="Name">The deployment's name, unique within its application.</param>
internal readonly record struct DeploymentId(string Application, string Name) : IComparable<DeploymentId>
{
    public const char Separator = '#';

    public int CompareTo(DeploymentId other)
    {
        var byApplication = string.CompareOrdinal(Application, other.Application);
        return byApplication != 0 ? byApplication : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => $"{Application}{Separator}{Name}";
}
