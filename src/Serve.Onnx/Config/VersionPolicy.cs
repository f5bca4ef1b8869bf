namespace Serve.Onnx.Config;

/// <summary>Which of the versions that are there are served.</summary>
public sealed record VersionPolicy
{
    private VersionPolicy(VersionPolicyKind kind, int count, IReadOnlyList<long> versions)
    {
        Kind = kind;
        Count = count;
        Versions = versions;
    }

    /// <summary>The newest one: what holds where nothing is said.</summary>
    public static VersionPolicy Newest { get; } = Latest(1);

    /// <summary>All of them.</summary>
    public static VersionPolicy All { get; } = new(VersionPolicyKind.All, 0, []);

    /// <summary>How they are chosen.</summary>
    public VersionPolicyKind Kind { get; }

    /// <summary>How many of the newest.</summary>
    public int Count { get; }

    /// <summary>The ones that are named.</summary>
    public IReadOnlyList<long> Versions { get; }

    /// <summary>So many of those with the highest numbers.</summary>
    /// <param name="count">At least 1.</param>
    public static VersionPolicy Latest(int count) => new(VersionPolicyKind.Latest, count, []);

    /// <summary>These.</summary>
    /// <param name="versions">Their numbers.</param>
    public static VersionPolicy Specific(params IReadOnlyList<long> versions) => new(VersionPolicyKind.Specific, 0, versions);

    /// <summary>Chooses, the newest first.</summary>
    /// <param name="present">The versions that are there.</param>
    public IReadOnlyList<long> Choose(IEnumerable<long> present)
    {
        var newestFirst = present.OrderDescending();
        return Kind switch
        {
            VersionPolicyKind.Latest => [.. newestFirst.Take(Count)],
            VersionPolicyKind.Specific => [.. newestFirst.Where(Versions.Contains)],
            _ => [.. newestFirst],
        };
    }
}

/// <summary>How versions are chosen.</summary>
public enum VersionPolicyKind
{
    /// <summary>The newest ones.</summary>
    Latest,

    /// <summary>All.</summary>
    All,

    /// <summary>Those that are named.</summary>
    Specific,
}
