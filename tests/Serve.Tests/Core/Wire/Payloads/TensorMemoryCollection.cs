namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>Tests that count the memory of all tensors of the process run one after the other, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TensorMemoryCollection
{
    public const string Name = "memory of tensors";
}
