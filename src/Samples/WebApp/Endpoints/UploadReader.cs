using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace WebApp.Endpoints;

/// <summary>A request that cannot be answered, and why.</summary>
internal sealed class RefusedException(int status, string reason) : Exception(reason)
{
    public int Status => status;
}

/// <summary>Takes the file out of a request: the whole body, or the one file of a form.</summary>
internal sealed class UploadReader(IOptions<ServiceOptions> options)
{
    /// <exception cref="RefusedException">There is no file, or more than one.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, or ends early.</exception>
    public async Task<ArraySegment<byte>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        // Not HasFormContentType: curl calls every body a form's fields unless told otherwise.
        if (!(MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType == "multipart/form-data"))
            return await ReadAllAsync(request.Body, request.ContentLength, cancellation);
        IFormFileCollection files;
        try
        {
            files = (await request.ReadFormAsync(cancellation)).Files;
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, $"The form cannot be read: {e.Message}");
        }
        if (files.Count != 1)
            throw new RefusedException(StatusCodes.Status400BadRequest, $"The form has {files.Count} files: send one.");
        await using Stream file = files[0].OpenReadStream();
        return await ReadAllAsync(file, files[0].Length, cancellation);
    }

    private async Task<ArraySegment<byte>> ReadAllAsync(Stream stream, long? length, CancellationToken cancellation)
    {
        // The header's word for the length is good for a first guess only.
        using var bytes = new MemoryStream((int)Math.Clamp(length ?? 0, 0, Math.Min(options.Value.MaxBodyBytes, 1 << 16)));
        await stream.CopyToAsync(bytes, cancellation);
        if (bytes.Length == 0)
            throw new RefusedException(StatusCodes.Status400BadRequest, "There is no picture or recording: send one as the body, or as a form's file.");
        return new ArraySegment<byte>(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
