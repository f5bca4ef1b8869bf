using Microsoft.Extensions.Primitives;

namespace Serve.Replica.Server;

/// <summary>One header in a <see cref="HeaderTable"/>: its value as text, or as the bytes that came, which become text when somebody asks.</summary>
internal struct HeaderEntry
{
    /// <summary>In <see cref="Length"/>: the value is in <see cref="Value"/>.</summary>
    public const int IsText = -1;

    public string Name;

    public StringValues Value;

    /// <summary>Where the bytes begin.</summary>
    public int Start;

    /// <summary>How many bytes there are, or <see cref="IsText"/>.</summary>
    public int Length;

    /// <summary>The last text that was made in this place: clients send the same headers again and again.</summary>
    public string? Last;
}
