using Serve;

namespace Ocr.Imaging;

/// <summary>A file is no image that can be read: a bad request, whose message says why.</summary>
public sealed class InvalidImageException(string message, Exception? innerException = null) : ServeException(ServeError.BadRequest, message, innerException);
