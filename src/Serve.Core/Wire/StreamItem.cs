namespace Serve.Wire;

/// <summary>The byte before each part of a streamed result.</summary>
internal enum StreamItem : byte
{
    /// <summary>An item follows, as a payload.</summary>
    Item = 1,

    /// <summary>The stream is complete.</summary>
    End = 2,

    /// <summary>The stream ends with an error: a u32 length and a <see cref="CallFailure"/> follow.</summary>
    Failure = 3,
}
