namespace Serve.Wire;

/// <summary>The head of the answer to a call: one byte.</summary>
internal enum CallStatus : byte
{
    /// <summary>The value or the items follow.</summary>
    Done = 0,

    /// <summary>A <see cref="CallFailure"/> follows behind its length.</summary>
    Failed = 1,
}
