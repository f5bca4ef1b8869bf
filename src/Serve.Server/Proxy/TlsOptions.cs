using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>Reads the certificate that the proxy shows to its clients.</summary>
internal static class TlsOptions
{
    /// <returns>Null where the proxy speaks no TLS.</returns>
    /// <exception cref="InvalidOperationException">The files can't be read or don't belong together; the message names them.</exception>
    public static HttpsConnectionAdapterOptions? Read(HttpOptions http)
    {
        if (http is not { SslCertFile: { } certificateFile, SslKeyFile: { } keyFile })
            return null;
        try
        {
            var certificate = http.SslKeyFilePassword is { } password
                ? X509Certificate2.CreateFromEncryptedPemFile(certificateFile, password, keyFile)
                : X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificateFile);
            return new HttpsConnectionAdapterOptions { ServerCertificate = certificate, ServerCertificateChain = chain };
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            var hint = exception is FileNotFoundException or DirectoryNotFoundException
                ? ""
                : " Both must be PEM files that belong together; an encrypted key needs ssl_keyfile_password.";
            throw new InvalidOperationException($"TLS can't start with ssl_certfile '{certificateFile}' and ssl_keyfile '{keyFile}': {exception.Message}{hint}", exception);
        }
    }
}
