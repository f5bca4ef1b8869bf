using Serve.Tensors;
using Serve.Testing;

namespace Serve.Protocols.Tests;

/// <summary>
/// Sees whether all memory of tensors has gone back that was rented since. Tests that look are in the collection that runs alone. What an earlier call had out still when this looked first may go
/// back meanwhile, so that there is less than at first.
/// </summary>
internal sealed class RentedMemory
{
    /// <summary>The collection.</summary>
    public const string Alone = "Rented memory";

    private readonly long _before = NativeMemoryPool.Shared.RentedBytes;

    public void ShouldBeBack() => NativeMemoryPool.Shared.RentedBytes.ShouldBeLessThanOrEqualTo(_before);

    public Task IsTakenAsync() => Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes > _before);

    /// <summary>The end of a call gives its memory back, which may be after the client has its answer.</summary>
    public Task ComesBackAsync() => Eventually.TrueAsync(() => NativeMemoryPool.Shared.RentedBytes <= _before);
}

/// <summary>Makes the collection run alone.</summary>
[CollectionDefinition(RentedMemory.Alone, DisableParallelization = true)]
public sealed class RentedMemoryCollection;
