//! Recipes, each compiled and run by `cargo test`. There is no `examples/` folder.
//!
//! | to do | recipe |
//! |---|---|
//! | serve | [a tile request of a map server](serve#answer-a-tile-request-of-a-map-server), [decoded tiles kept between requests](serve#keep-decoded-tiles-between-requests), [threads, limits and counters](serve#use-a-thread-pool-limits-and-counters-of-your-own), [tiles of remote files](remote#serve-tiles-of-remote-files) |
//! | embed | [storage of your own](embed#read-from-storage-of-your-own), [asynchronous storage](embed#read-from-storage-that-is-asynchronous), [threads of your own](embed#run-on-threads-of-your-own), [a compression of your own](embed#read-a-compression-of-your-own) |
//! | read remote files | [S3](remote#read-over-s3), [from a STAC search to a COG](remote#from-the-search-of-a-stac-api-to-a-cog), [private objects](remote#open-a-private-object), [proxies and certificates](remote#go-through-a-proxy-trust-a-certificate-of-your-own) |
//! | compute | [NDVI](compute#ndvi), [a cloud-free composite](compute#a-cloud-free-composite-of-many-scenes), [means by class](compute#mean-ndvi-per-class), [classes of another resolution](compute#classes-of-20-m-as-a-condition-over-pixels-of-10-m), [neighbourhoods](compute#look-at-the-pixels-around-a-focal-mean-a-hillshade), [a function of your own](compute#a-function-of-your-own), [quality bits](compute#bit-masks-of-quality-bands), [bands of several files](compute#bands-of-several-files-in-one-cog), [a part](compute#only-a-part), [persisted pixels](compute#keep-what-is-needed-again), [formulas](compute#the-same-as-text) |
//! | plan | [look before you run](plans#look-before-you-run), [chunks](plans#chunks-of-your-choice), [send a job elsewhere](plans#send-a-job-to-another-process), [damaged tiles](plans#go-on-without-damaged-tiles), [progress and an end](plans#watch-a-job-and-end-it) |
//! | write | [re-layout](writing#lay-a-file-out-anew), [edits](writing#change-nodata-or-metadata-and-keep-the-cog-a-cog), [validation in CI](writing#validate-in-ci), [a socket, any `Write`](writing#write-to-a-socket-or-to-anything-that-is-write), [pixels that you have](writing#write-pixels-that-you-have), [blocks in any order](writing#write-blocks-in-any-order-from-several-threads), [a button to cancel](writing#show-progress-and-a-button-to-cancel), [what a killed process has left](writing#find-what-a-killed-process-has-left) |
//! | show, hand over | [a quicklook as PNG](interop#a-quicklook-as-png), [arrays of ndarray](interop#pixels-as-an-array-of-ndarray) |
//! | change over | [`lesson`]: the lines of pystac, rioxarray and Dask, and ours beside them; [`coming_from`]: the calls of rasterio, rioxarray, xarray with Dask, GDAL, async-tiff and tiff |

// The recipes read the shipped scene, which is compressed, some of them behind a server; as text
// they are always there.
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod coming_from;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod compute;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod embed;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod interop;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod lesson;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod plans;
#[cfg(any(not(doctest), all(feature = "deflate", feature = "http")))]
pub mod remote;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod serve;
#[cfg(any(not(doctest), feature = "deflate"))]
pub mod writing;
