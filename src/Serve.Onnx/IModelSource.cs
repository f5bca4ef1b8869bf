namespace Serve.Onnx;

/// <summary>A place that models come from.</summary>
public interface IModelSource
{
    /// <summary>The schemes of its addresses, such as <c>https</c>.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>Brings what lies at an address onto this machine.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The path of the file or folder.</returns>
    /// <exception cref="OnnxModelException">It can't be had, or is too large.</exception>
    Task<string> FetchAsync(ModelSourceRequest request, CancellationToken cancellationToken);
}

/// <summary>What is wanted of a <see cref="IModelSource"/>.</summary>
/// <param name="Address">The address.</param>
/// <param name="Folder">An own folder for what is brought; empty, or with what was brought from this address before.</param>
/// <param name="MaxBytes">The most bytes.</param>
/// <param name="Sha256">What the file must hash to, or null. It is checked afterwards too; a source may use it to see that what it has is still good.</param>
public sealed record ModelSourceRequest(Uri Address, string Folder, long MaxBytes, string? Sha256);
