namespace Serve;

/// <summary>
/// Says of an interface's method that a call may run twice with the effect of once. Where a replica ends before it answered such a call,
/// the call is made again on another one; where it can't be known whether a call of another method has run, the caller is told so.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute;
